"""The history, the quarantine, the end of the lease and the notifications, after a deployment has failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.observability import logger, metrics
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.events import DeploymentEnd, EndedDeployment, deployment_ended
from gantry.promotion.failure import LONGEST_CAUSE, Failure
from gantry.promotion.history import HistoryKind
from gantry.promotion.live import LiveRevision
from gantry.promotion.messages import deployment_ended as deployment_ended_message
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.source_links import source_facts
from gantry.promotion.traffic import TrafficState
from gantry.promotion.visible_text import shortened
from gantry.use_cases.leasing import notify_waiting
from gantry.use_cases.services import Services

_MEANING = {
    TrafficState.UNTOUCHED: "The traffic was not touched.",
    TrafficState.RESTORED: "The traffic is back on the stable version.",
    TrafficState.LOST: "The traffic was left alone, because somebody rolled back or repaired the target meanwhile.",
    TrafficState.FIRST: (
        "This was the target's first deployment, so there is no previous version to restore. RepairTarget will report "
        "the final state."
    ),
    TrafficState.UNKNOWN: (
        "The rollback failed too, so the traffic may be split. RepairTarget will restore it and report the final state."
    ),
}
_LEFT_TO_REPAIR = frozenset({TrafficState.FIRST, TrafficState.UNKNOWN})
"""The lease stays held, so that the repair restores traffic and ledger, and notifies people."""
_WITHOUT_IT = frozenset({TrafficState.RESTORED, TrafficState.UNTOUCHED})
"""The release has no traffic here, so that a verdict on it can end in quarantine. A check comes before any traffic."""
_ASKED_AGAIN = frozenset({"ApprovalOutdatedError"})
"""The promotion goes on and asks people, so nothing has failed for them."""
_ENDS = {
    HistoryKind.DEPLOYMENT_ROLLED_BACK: DeploymentEnd.ROLLED_BACK,
    HistoryKind.DEPLOYMENT_SUPERSEDED: DeploymentEnd.SUPERSEDED,
    HistoryKind.DEPLOYMENT_FAILED: DeploymentEnd.FAILED,
}


@dataclass(frozen=True, slots=True)
class FailedDeployment(DeploymentState):
    """A deployment that failed, with what the definition knows about that."""

    failure: Mapping[str, Any]
    """`Error`, `Cause`, the state of the `traffic`, and the error of the `rollback` where that failed too."""

    @property
    def traffic(self) -> TrafficState:
        """Where the deployment left its target's traffic."""
        return TrafficState(self.failure["traffic"])

    @property
    def kind(self) -> HistoryKind:
        """What the history calls it."""
        if self.failure.get("Error") == "DeploymentSupersededError":
            return HistoryKind.DEPLOYMENT_SUPERSEDED
        is_restored = self.traffic is TrafficState.RESTORED
        return HistoryKind.DEPLOYMENT_ROLLED_BACK if is_restored else HistoryKind.DEPLOYMENT_FAILED


@dataclass(frozen=True, slots=True)
class RecordedFailure:
    """What the execution fails with."""

    cause: str
    """What went wrong and what it means for the traffic."""


def record_failure(request: FailedDeployment, services: Services) -> RecordedFailure:
    """Record the failure, give the lease back, and notify people and automation.

    People are notified once, and before automation. They are not notified of a superseded release, which its promotion
    reports; nor when they are asked again; nor while the repair still has to restore the traffic, which then reports
    how that ended.

    Raises:
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    failure = Failure.of(request.failure)
    live = _live(request, services)
    quarantine = _quarantine(request, failure, live)
    _record(request, failure, quarantine, services)
    cause = _cause(request, failure, live)
    if quarantine and (kept := services.quarantines.get(quarantine.service, quarantine.digest)):
        cause += f" {kept.explain()}"
    end = _ENDS[request.kind]
    metrics.add_metric(f"Deployments{end.replace(' ', '')}", unit="Count", value=1)
    logger.warning(
        "deployment failed", target=request.deployment.target.id, error=failure.error, reason=failure.message
    )
    _notify(request, failure, cause, services)
    return RecordedFailure(shortened(cause, LONGEST_CAUSE))


def _cause(request: FailedDeployment, failure: Failure, live: LiveRevision | None) -> str:
    cause = f"{failure} {_MEANING[request.traffic]}"
    is_live = live is not None and live.execution == request.execution
    if is_live and request.traffic in {TrafficState.LOST, TrafficState.FIRST}:
        cause = f"{failure} The release is live all the same: it was recorded, and only the answer was lost."
    if rollback := request.failure.get("rollback"):
        cause += f" The rollback's own error: {Failure.of(rollback)}"
    return cause


def _record(request: FailedDeployment, failure: Failure, quarantine: Quarantine | None, services: Services) -> None:
    """Keep the lease while the traffic may be split, for the repair. A lost lease is another execution's to end."""
    deployment, release = request.deployment, request.deployment.release
    facts = {
        "error": failure.error,
        "reason": failure.message,
        "traffic": request.traffic,
        "digest": release.digest,
        "tag": release.tag,
    }
    entry = request.history_entry(request.kind, facts)
    if request.traffic is TrafficState.LOST or request.traffic in _LEFT_TO_REPAIR:
        services.ledger.record(entry)
        return
    try:
        lease = services.ledger.record_end(entry, deployment.target, request.fence, quarantine=quarantine)
    except LeaseLostError:
        logger.info("safely ignored: another execution holds the lease by now", target=deployment.target.id)
        services.ledger.record(entry)
    else:
        notify_waiting(services, lease)


def _notify(request: FailedDeployment, failure: Failure, cause: str, services: Services) -> None:
    deployment, release = request.deployment, request.deployment.release
    end, log = _ENDS[request.kind], services.notification_log
    if request.traffic not in _LEFT_TO_REPAIR and not log.was_sent(request.execution):
        if end is not DeploymentEnd.SUPERSEDED and failure.error not in _ASKED_AGAIN:
            services.topic.publish(deployment_ended_message(end, request, cause))
        log.mark_sent(request.execution)
    ended = EndedDeployment(
        service=release.service,
        environment=deployment.environment,
        target=deployment.target,
        digest=release.digest,
        tag=release.tag,
        revision=None,
        traffic=request.traffic,
        error=failure.error,
        reason=failure.message,
        execution=request.execution,
        source=source_facts(release.source),
    )
    services.events.publish(deployment_ended(end, ended))


def _live(request: FailedDeployment, services: Services) -> LiveRevision | None:
    deployment = request.deployment
    live = services.ledger.live_on(deployment.release.service, deployment.environment, deployment.target)
    return live.current if live else None


def _quarantine(request: FailedDeployment, failure: Failure, live: LiveRevision | None) -> Quarantine | None:
    """The digest that failed by a verdict. If the stable revision runs it too, its configuration was to blame."""
    release = request.deployment.release
    is_verdict = request.traffic in _WITHOUT_IT and failure.is_verdict
    if not is_verdict or (live and live.digest == release.digest):
        return None
    what = "rolled back" if request.traffic is TrafficState.RESTORED else "checked"
    reason = f"{what} in {request.deployment.environment}: {failure.message}"
    return Quarantine(release.service, release.digest, request.at, reason, request.execution, tag=release.tag)
