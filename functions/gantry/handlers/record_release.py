"""RecordRelease: what is live, its history and the end of the lease, in one transaction; then everybody is told."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.notifications import EventBus
from gantry.handlers.leasing import call_next
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import HolderRequest, LambdaContext
from gantry.promotion.ledger import EVIDENCE_LENGTH, HistoryEntry, Live, LiveRevision
from gantry.promotion.timestamps import iso


class StepVerdict(BaseModel):
    """What JudgeCanary answered for one step of the plan, with the step's weight."""

    step: int
    weight: int
    canary_version: str
    verdict: str
    reasons: list[str]
    evidence: Mapping[str, Any]


class ReleaseRequest(HolderRequest):
    """Adds what the deployment has come to."""

    version: str
    outcome: str
    stable: dict[str, str] | None
    configuration: dict[str, str] | None = None
    """What the version has, as people may see it."""
    verdicts: tuple[StepVerdict, ...] | None = None
    """One for each step. An execution that was started before Gantry was updated sends neither of these."""

    @property
    def evidence(self) -> tuple[Mapping[str, Any], ...] | None:
        """What the live record keeps of the verdicts; the history keeps all of each."""
        if self.verdicts is None:
            return None
        return tuple(
            {"weight": each.weight, "verdict": each.verdict, "invocations": each.evidence["invocations"]}
            for each in self.verdicts[-EVIDENCE_LENGTH:]
        )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the `version` that the ledger calls live.

    Raises:
        LeaseLostError: somebody rolled back or took over in the meantime, so the ledger is theirs to write.
        NotificationError: everything is recorded, but somebody could not be told.
    """
    request = ReleaseRequest.model_validate(event)
    deployment, release = request.deployment, request.deployment.release
    ledger = Ledger.from_env()
    live = _live(request, ledger.live_on(release.service, deployment.environment, deployment.target))
    facts: dict[str, Any] = {
        "version": request.version,
        "outcome": request.outcome,
        "before": request.stable,
        "image_digest": release.image_digest,
        "tag": release.tag,
        "manifest_revision": release.manifest_revision,
        "promotion": deployment.promotion,
    }
    entry = HistoryEntry(
        release.service,
        request.at,
        "deployment_completed",
        request.execution,
        deployment.environment,
        deployment.target.id,
        {**facts, "verdicts": [each.model_dump(exclude={"canary_version"}) for each in request.verdicts or ()]},
    )
    lease = ledger.record_end(entry, deployment.target, request.fence, live=live)
    call_next(lease, Leases.from_env(), Executions.from_env())
    subject = {"service": release.service, "environment": deployment.environment, "target": deployment.target.id}
    metrics.add_metric("DeploymentsCompleted", unit="Count", value=1)
    logger.info("release recorded", target=deployment.target.id, facts=facts)
    EventBus.from_env().announce(
        "Promotion Deployment Completed",
        {**subject, **facts, "execution": request.execution},
        [deployment.target.alias_arn],
    )
    return {"version": request.version}


def _live(request: ReleaseRequest, known: Live | None) -> Live:
    deployment, release = request.deployment, request.deployment.release
    released = LiveRevision(
        version=request.version,
        image_digest=release.image_digest,
        since=request.at,
        tag=release.tag,
        manifest_revision=release.manifest_revision,
        execution=request.execution,
        promotion_started_at=iso(deployment.promotion_started_at) if deployment.promotion_started_at else None,
        configuration=request.configuration,
        evidence=request.evidence,
    )
    if request.stable is None:
        return Live(release.service, deployment.environment, deployment.target, released)
    found = LiveRevision(request.stable["version"], request.stable["image_digest"], request.at)
    base = known or Live(release.service, deployment.environment, deployment.target, found)
    return base.after_release(released, found)
