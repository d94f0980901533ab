"""Look at a target before anything is changed, and note where its traffic belongs if the deployment ends half-way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gantry.observability import logger
from gantry.promotion.approval_rounds import runs, why_target_outdated
from gantry.promotion.approved_draft import require_same_draft
from gantry.promotion.deployment import DeploymentState, StableRevision
from gantry.promotion.difference import Change
from gantry.promotion.errors import ApprovalOutdatedError
from gantry.promotion.events import deployment_started, draft_ignored
from gantry.promotion.history import HistoryKind
from gantry.promotion.live import Live
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.traffic import Routing
from gantry.use_cases.configuration.same_artifact import require_same_artifact
from gantry.use_cases.policy import current_policy, require_bound, require_owner
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class InspectedTarget:
    """What was found on a target; `found` and `stable` are None on a first deployment."""

    found: Routing | None
    stable: StableRevision | None
    alarms_firing: tuple[str, ...]


def inspect_target(state: DeploymentState, services: Services) -> InspectedTarget:
    """Return what the target routes to now, if this release may go there at all.

    Raises:
        QuarantinedError: the digest was rolled back while the deployment waited for its turn.
        DeploymentSupersededError: only the configuration was to change, and another artifact runs there by now.
        ApprovalOutdatedError: something else is live there than when people approved, or that was too long ago.
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        PolicyError, PolicyViolationError, TargetOwnedError: the service may not deploy there, or not any more.
        TargetNotFoundError: the target does not exist, and may not be created.
        IncompatibleTargetError: the target cannot take this release, or not by this plan.
        TargetPendingError: the service itself is still moving the traffic of the deployment before.
        TargetSlowError: the same, where the service takes minutes.
        DraftChangedError: the approvers did not see what the release would take from the target.
        AlarmNotFoundError: an alarm of the manifest does not exist.
        UnknownTargetKindError: this version of Gantry does not know the target's kind.
    """
    deployment, target = state.deployment, state.deployment.target
    standing = services.standings.towards(target, deployment.release, deployment.environment)
    require_none(standing.quarantine)
    standing.lease.require(state.execution, state.fence)
    _require_approval(state, standing.live)
    policy = current_policy(services)
    require_bound(policy, deployment.release.service, target, services)
    require_owner(policy, deployment.release.service, standing.lease)
    alarms = services.alarms(target).states(deployment.alarms)
    firing = tuple(name for name, alarm_state in alarms.items() if alarm_state == "ALARM")
    inspection = services.kinds.of(target).inspect(deployment, services.masking)
    require_same_artifact(deployment.release, target.id, inspection.stable, standing.live)
    if deployment.draft:  # what would fail at the prepared revision too, before anything is changed
        require_same_draft(target.id, deployment.draft, inspection.draft)
    logger.info("target inspected", target=target.id, found=str(inspection.routing), alarms_firing=firing)
    stable = inspection.stable
    restore_point = RestorePoint(stable.revision, stable.digest) if stable else None
    services.leases.change(
        target, lambda lease: lease.begun(state.execution, state.fence, restore_point), known=standing.lease
    )
    publish_best_effort(services, deployment_started(state))
    _report_draft(state, [each.for_people() for each in inspection.left_in_draft], services)
    return InspectedTarget(inspection.routing, inspection.stable, firing)


def _require_approval(state: DeploymentState, record: Live | None) -> None:
    """Compare what people approved once more, now that nobody else can make anything live there."""
    deployment, target = state.deployment, state.deployment.target
    if deployment.approved is None:
        return
    live = record.current if record else None
    if runs(deployment.release, live):
        return
    approved = deployment.approved
    if why := why_target_outdated(target.id, live, approved.live, approved.at, state.at):
        raise ApprovalOutdatedError(why)


def _report_draft(state: DeploymentState, left: Sequence[Change], services: Services) -> None:
    """Record what somebody has left in the draft, once for each deployment. The release does not take it."""
    if not left:
        return
    logger.warning("draft ignored", target=state.deployment.target.id, settings=[change.key for change in left])
    services.ledger.record(
        state.history_entry(HistoryKind.DRAFT_IGNORED, {"differences": [asdict(change) for change in left]})
    )
    publish_best_effort(services, draft_ignored(state, left))
