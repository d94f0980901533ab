"""RecordFailure: the history, the quarantine, the end of the lease and the people, after a deployment has failed."""

from typing import Any

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.notification_log import NotificationLog
from gantry.aws.notifications import EventBus, Topic
from gantry.aws.quarantines import Quarantines
from gantry.handlers.leasing import call_next
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import HolderRequest, LambdaContext
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.failure import LONGEST_CAUSE, Failure
from gantry.promotion.ledger import HistoryEntry, LiveRevision
from gantry.promotion.quarantine import Quarantine


class FailureRequest(HolderRequest):
    """Adds `$failure`: the error, the state of the alias, and the error of the rollback where that failed too."""

    failure: dict[str, Any]

    @property
    def alias(self) -> str:
        """In which state the deployment left the alias."""
        return str(self.failure["alias"])


_ALIAS = {
    "untouched": "The alias was not touched.",
    "restored": "The alias is back on the stable version.",
    "lost": "The alias was left alone, because somebody rolled back or repaired the target in the meantime.",
    "first": "It was the first deployment there, so there is nothing to go back to. The repair tells what is left.",
    "unknown": "The rollback failed too, so the alias may be split. The repair will bring it back, and tell.",
}
_FOR_THE_REPAIR = frozenset({"first", "unknown"})
"""It keeps the lease, so that the repair sees to the alias and the ledger, and tells people."""
_TITLES = {
    "deployment_rolled_back": "Rolled Back",
    "deployment_superseded": "Superseded",
    "deployment_failed": "Failed",
}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `cause` that the execution fails with: what went wrong and what it means for the alias.

    People are told once, and before automation; not of a release that a newer one has overtaken, whose promotion tells
    it; and not while the repair has to see to the alias still: it tells how that ended.

    Raises:
        NotificationError: everything is recorded, but somebody could not be told.
    """
    request = FailureRequest.model_validate(event)
    failure = Failure.of(request.failure)
    ledger = Ledger.from_env()
    quarantine = _quarantine(request, failure, ledger) if request.alias == "restored" and failure.is_verdict else None
    entry = _entry(request, failure)
    _record(request, entry, quarantine, ledger)
    cause = f"{failure} {_ALIAS[request.alias]}"
    if request.alias in {"lost", "first"} and _is_live(request, ledger):
        cause = f"{failure} The release is live all the same: it was recorded, and only the answer was lost."
    if rollback := request.failure.get("rollback"):
        cause += f" The rollback's own error: {Failure.of(rollback)}"
    if quarantine and (kept := Quarantines.from_env().get(quarantine.service, quarantine.image_digest)):
        cause += f" {kept.explain()}"
    title = _TITLES[entry.kind]
    metrics.add_metric(f"Deployments{title.replace(' ', '')}", unit="Count", value=1)
    logger.warning("deployment failed", target=request.deployment.target.id, facts=entry.facts)
    _tell(request, entry, title, cause)
    return {"cause": cause[:LONGEST_CAUSE]}


def _entry(request: FailureRequest, failure: Failure) -> HistoryEntry:
    deployment, release = request.deployment, request.deployment.release
    kind = "deployment_failed"
    if failure.error == "DeploymentSupersededError":
        kind = "deployment_superseded"
    elif request.alias == "restored":
        kind = "deployment_rolled_back"
    facts = {
        "error": failure.error,
        "reason": failure.message,
        "alias": request.alias,
        "image_digest": release.image_digest,
        "tag": release.tag,
    }
    return HistoryEntry(
        release.service, request.at, kind, request.execution, deployment.environment, deployment.target.id, facts
    )


def _record(request: FailureRequest, entry: HistoryEntry, quarantine: Quarantine | None, ledger: Ledger) -> None:
    """Keep the lease while the alias may be split, for the repair. One that is lost is somebody else's to end."""
    target = request.deployment.target
    if request.alias in {"lost", *_FOR_THE_REPAIR}:
        ledger.record(entry)
        return
    try:
        lease = ledger.record_end(entry, target, request.fence, quarantine=quarantine)
    except LeaseLostError:
        logger.info("safely ignored: the lease is somebody else's by now", target=target.id)
        ledger.record(entry)
    else:
        call_next(lease, Leases.from_env(), Executions.from_env())


def _tell(request: FailureRequest, entry: HistoryEntry, title: str, cause: str) -> None:
    deployment, notices = request.deployment, NotificationLog.from_env()
    subject = {"service": entry.service, "environment": deployment.environment, "target": deployment.target.id}
    if request.alias not in _FOR_THE_REPAIR and not notices.was_sent(request.execution):
        if entry.kind != "deployment_superseded":
            Topic.from_env().tell(
                f"{entry.service} in {deployment.environment}: {title.lower()}",
                f"{deployment.release} on {deployment.target.id}\n\n{cause}\n\nExecution: {request.execution}",
            )
        notices.mark_sent(request.execution)
    EventBus.from_env().announce(
        f"Promotion Deployment {title}",
        {**subject, **entry.facts, "execution": request.execution},
        [deployment.target.alias_arn],
    )


def _live(request: FailureRequest, ledger: Ledger) -> LiveRevision | None:
    deployment = request.deployment
    live = ledger.live_on(deployment.release.service, deployment.environment, deployment.target)
    return live.current if live else None


def _is_live(request: FailureRequest, ledger: Ledger) -> bool:
    live = _live(request, ledger)
    return live is not None and live.execution == request.execution


def _quarantine(request: FailureRequest, failure: Failure, ledger: Ledger) -> Quarantine | None:
    """The digest that failed, unless the stable version runs it too: then its configuration was to blame."""
    release, live = request.deployment.release, _live(request, ledger)
    if live and live.image_digest == release.image_digest:
        return None
    reason = f"rolled back in {request.deployment.environment}: {failure.message}"
    return Quarantine(release.service, release.image_digest, request.at, reason, request.execution)
