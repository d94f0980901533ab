"""JudgeCanary: the verdict on the canary at the end of a bake, kept in the ledger with its reasons and numbers."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.ledger import Ledger
from gantry.aws.metrics import CanaryMetrics
from gantry.handlers.observability import logger
from gantry.handlers.requests import HolderRequest, LambdaContext
from gantry.promotion.ledger import HistoryEntry
from gantry.promotion.timestamps import moment
from gantry.promotion.verdict import Evidence, judge


class JudgeRequest(HolderRequest):
    """Adds which canary is judged, on which step, and since when it had its weight."""

    canary: str
    index: int
    shifted_at: str
    rollout_since: datetime
    """When the walk along the plan began: an alarm between two steps must not be lost."""
    is_extended: bool


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the verdict when it is `healthy`; every other verdict raises, because the machine decides on it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryUnhealthyError, CanaryInconclusiveError, CanaryWithoutEvidenceError: as `Verdict.insist` tells.
    """
    request = JudgeRequest.model_validate(event)
    deployment, target = request.deployment, request.deployment.target
    since = moment(request.shifted_at)
    session = Accounts.from_env().session(target)
    evidence = Evidence(
        CanaryMetrics.of(target, session).invocations(request.canary, since, datetime.now(UTC)),
        deployment.minimum_requests,
        Alarms.of(target, session).changes(deployment.alarms, request.rollout_since),
    )
    verdict = judge(evidence)
    facts: dict[str, Any] = {"step": request.index + 1, "canary_version": request.canary, **asdict(verdict)}
    Ledger.from_env().record_as_holder(
        HistoryEntry(
            service=deployment.release.service,
            at=request.at,
            kind="canary_judged",
            execution=request.execution,
            environment=deployment.environment,
            target_id=target.id,
            facts=facts,
        ),
        target,
        request.fence,
    )
    logger.info("canary judged", alias=target.id, facts=facts)
    verdict.insist(extended=request.is_extended)
    return facts
