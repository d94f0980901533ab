"""Whether what a target's configuration refers to is still there, and still the newest."""

from dataclasses import replace
from shlex import join

from gantry.promotion.drift.comparison import REFERENCE, DriftDifference
from gantry.promotion.drift.report import TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.live import Live
from gantry.use_cases.references.newer import reference_changes
from gantry.use_cases.services import Services


def with_references(found: TargetDrift, live: Live, services: Services) -> TargetDrift:
    """Return a target that is in sync with what has become of the parameters and secrets that it refers to.

    A newer version is no drift: it comes with the next release, as a newer manifest does. One that is gone is: whoever
    reads it fails at the next start.

    Raises:
        TargetAccessError: the workload account does not say what is there.
    """
    changes = reference_changes(live, services)
    gone = tuple(
        DriftDifference(f"{REFERENCE} {each.setting}", each.live.words, None) for each in changes if each.problem
    )
    if gone:
        why = ". ".join(dict.fromkeys(each.problem for each in changes if each.problem))
        return replace(
            found,
            state=DriftState.OUT_OF_SYNC,
            reason=f"{why[0].upper()}{why[1:]}",
            differences=(*found.differences, *gone),
        )
    if not changes or found.state is not DriftState.SYNCED:
        return found
    newer = "; ".join(f"{each.setting} has {each.live.words}, and {each.newest} is there" for each in changes)
    command = join(["gantry", "promote", live.service, "--configuration", "--to", live.environment])
    return replace(found, reason=f"It runs what it should. {newer}", command=command)
