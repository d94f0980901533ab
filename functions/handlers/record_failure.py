"""RecordFailure: the history, the quarantine, the end of the lease and the people, after a deployment has failed."""

from typing import Any

from aws.announcements import EventBus, Topic
from aws.ledger import Ledger
from handlers.observability import logger, metrics
from handlers.requests import DeploymentRequest, LambdaContext
from promotion.failure import LONGEST_CAUSE, Failure
from promotion.ledger import HistoryEntry, Quarantine


class FailureRequest(DeploymentRequest):
    """Adds `$failure`: the error, the state of the alias, and the error of the rollback where that failed too."""

    failure: dict[str, Any]


_ALIAS = {
    "untouched": "The alias was not touched.",
    "restored": "The alias is back on the stable version.",
    "shifted": "The alias may be split between two versions: roll it back with the rollback machine.",
    "unknown": "The rollback failed too, so the alias may be split: look at it, and start the rollback machine.",
}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `cause` that the execution fails with: what went wrong and what it means for the alias."""
    request = FailureRequest.model_validate(event)
    deployment, release, state = request.deployment, request.deployment.release, request.failure["alias"]
    failure = Failure.of(request.failure)
    cause = f"{failure} {_ALIAS[state]}"
    if rollback := request.failure.get("rollback"):
        cause += f" The rollback's own error: {Failure.of(rollback)}"
    ledger = Ledger.from_env()
    quarantine = _quarantine(request, failure, ledger) if state == "restored" and failure.is_verdict else None
    if quarantine:
        cause += f" {quarantine.explain()}"
    kind = "deployment_rolled_back" if state == "restored" else "deployment_failed"
    facts: dict[str, Any] = {
        "error": failure.error,
        "reason": failure.message,
        "alias": state,
        "image_digest": release.image_digest,
        "tag": release.tag,
    }
    ledger.record_failure(
        HistoryEntry(
            release.service, request.at, kind, request.execution, deployment.environment, deployment.target.id, facts
        ),
        deployment.target,
        request.execution,
        quarantine,
    )
    title = "Rolled Back" if state == "restored" else "Failed"
    subject = {"service": release.service, "environment": deployment.environment, "target": deployment.target.id}
    metrics.add_metric(f"Deployments{title.replace(' ', '')}", unit="Count", value=1)
    logger.warning("deployment failed", target=deployment.target.id, facts=facts)
    EventBus.from_env().announce(
        f"Promotion Deployment {title}",
        {**subject, **facts, "execution": request.execution},
        [deployment.target.alias_arn],
    )
    Topic.from_env().tell(
        f"{release.service} in {deployment.environment}: {title.lower()}",
        f"{release} on {deployment.target.id}\n\n{cause}\n\nExecution: {request.execution}",
    )
    return {"cause": cause[:LONGEST_CAUSE]}


def _quarantine(request: DeploymentRequest, failure: Failure, ledger: Ledger) -> Quarantine | None:
    """The digest that failed, unless the stable version runs it too: then its configuration was to blame."""
    deployment, release = request.deployment, request.deployment.release
    live = ledger.live_on(release.service, deployment.environment, deployment.target)
    if live and live.current.image_digest == release.image_digest:
        return None
    reason = f"rolled back in {deployment.environment}: {failure.message}"
    return Quarantine(release.service, release.image_digest, request.at, reason, request.execution)
