"""Whether the infrastructure is still there that the release needed which is live on a target."""

from dataclasses import replace

from gantry.promotion.drift.report import TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.needs.finding import asked_of, owners, said, unmet_among
from gantry.promotion.needs.need import Need
from gantry.use_cases.needs.looking import NeedsThere, look_there
from gantry.use_cases.services import Services


def needs_of_live(live: Live, manifest: Manifest, revision: str) -> tuple[Need, ...]:
    """Return what the release needed. Of an older revision than the newest one, nobody looks at the needs."""
    if live.current.manifest_revision != revision:
        return ()
    return next((each.needs for each in manifest.environments if each.name == live.environment), ())


def with_needs(found: TargetDrift, needs: tuple[Need, ...], live: Live, services: Services) -> TargetDrift:
    """Return a target that is in sync with what is not there any more. The target itself has not changed.

    Raises:
        TargetAccessError: the workload account does not let the pipeline in.
    """
    if not needs or found.state is not DriftState.SYNCED:
        return found
    unmet = unmet_among(look_there(NeedsThere(needs, live.target), services))
    if not unmet:
        return found
    why = f"Of the infrastructure that it needs, this is not there any more: {said(unmet)}{asked_of(owners(unmet))}"
    return replace(found, reason=f"{found.reason}. {why}" if found.reason else why)
