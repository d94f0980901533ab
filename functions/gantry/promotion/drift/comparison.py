"""Compare what the ledger says of a target with what was found there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gantry.promotion.difference import MaskedSettings, changes, group_of
from gantry.promotion.drift.ignored_drift import CONFIGURATION, IgnoredDrift
from gantry.promotion.live import LiveRevision
from gantry.promotion.masking import is_comparable
from gantry.promotion.traffic import Routing

TRAFFIC, ARTIFACT = "traffic", "artifact"


PARAMETER = "parameter"
"""What a difference of a parameter begins with: `parameter /gantry/cowsay/prod/live digest`. The target has none."""
REFERENCE = "reference"
"""What one begins with of what a setting refers to, and which is gone: `reference environment.URL`."""


@dataclass(frozen=True, slots=True)
class DriftDifference:
    """One thing that is not as the ledger says."""

    what: str
    """`traffic`, `artifact`, `configuration.` and the setting; `parameter`, its name and the key; `reference` and the
    setting."""
    expected: str | None
    """As the ledger has it, masked like on the approval page; null: it should not be there."""
    found: str | None
    """As it is on the target, masked too; null: it is not there."""
    is_ignored: bool = False
    """Whether the manifest ignores it."""


@dataclass(frozen=True, slots=True)
class SeenTarget:
    """What was found on a target."""

    routing: Routing | None
    """None: there is nothing any more that takes traffic."""
    digest: str | None = None
    """The artifact of the revision that has most traffic; None: there is no such revision."""
    settings: MaskedSettings | None = None
    """The settings of that revision; None: there is no such revision."""


def compare(live: LiveRevision, seen: SeenTarget, ignored: IgnoredDrift) -> tuple[DriftDifference, ...]:
    """Return every difference, those that are ignored too.

    Args:
        live: what the ledger calls live.
        seen: what was found.
        ignored: what the manifest ignores.
    """
    if seen.routing is None:
        return (DriftDifference(TRAFFIC, live.revision, None),)
    found = [
        *_traffic(live, seen.routing),
        *_artifact(live, seen),
        *(_settings(live.configuration, seen.settings) if live.configuration and seen.settings is not None else ()),
    ]
    found = [replace(each, is_ignored=ignored.has(each.what)) for each in found]
    if _is_same_but_for_ignored(seen.routing, found):
        found = [replace(each, is_ignored=True) for each in found]
    return tuple(found)


def _traffic(live: LiveRevision, routing: Routing) -> Iterator[DriftDifference]:
    if routing != Routing(live.revision):
        yield DriftDifference(TRAFFIC, live.revision, str(routing))


def _artifact(live: LiveRevision, seen: SeenTarget) -> Iterator[DriftDifference]:
    if seen.digest != live.digest:
        yield DriftDifference(ARTIFACT, live.digest, seen.digest)


def _settings(expected: MaskedSettings, found: MaskedSettings) -> Iterator[DriftDifference]:
    """Compare as whole values, and yield what people may see of them.

    What the ledger has nothing of is not compared: an older version of Gantry did not keep it, or not as a whole.
    """
    groups = {group_of(key) for key in expected}
    for each in changes(expected, found):
        if group_of(each.key) in groups and (each.before is None or is_comparable(each.before)):
            shown = each.for_people()
            yield DriftDifference(f"{CONFIGURATION}.{shown.key}", shown.before, shown.after)


def _is_same_but_for_ignored(routing: Routing, found: list[DriftDifference]) -> bool:
    """Whether another revision has all traffic, and differs only in settings that others may change.

    Then it has another name for nothing else, because a revision never changes.
    """
    if routing.weights:
        return False
    others = [each for each in found if each.what != TRAFFIC]
    return bool(others) and all(each.is_ignored for each in others)
