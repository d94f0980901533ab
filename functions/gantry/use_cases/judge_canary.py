"""The verdict on a canary at the end of a bake, kept in the ledger with its reasons and numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.history import HistoryKind
from gantry.promotion.timestamps import moment
from gantry.promotion.verdict import Evidence, Health, judge
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class JudgeRequest(DeploymentState):
    """Which canary is judged, on which step, and since when it had its weight."""

    canary: str
    index: int
    shifted_at: str
    rollout_since: datetime
    """When the rollout began: an alarm between two steps must not be lost."""
    is_extended: bool


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """The verdict on one step of the plan."""

    step: int
    """From 1 on."""
    canary: str
    verdict: Health
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]


def judge_canary(request: JudgeRequest, services: Services) -> StepVerdict:
    """Return the verdict when it is `healthy`; every other verdict raises, because the machine decides on it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryUnhealthyError, CanaryInconclusiveError, CanaryWithoutEvidenceError: see `Verdict.require_healthy`.
    """
    deployment, target = request.deployment, request.deployment.target
    seen = services.kinds.of(target).evidence(target, request.canary, moment(request.shifted_at), datetime.now(UTC))
    alarm_changes = services.alarms(target).changes(deployment.alarms, request.rollout_since)
    verdict = judge(Evidence(seen.requests, deployment.judge.minimum_requests, alarm_changes))
    judged = StepVerdict(request.index + 1, request.canary, verdict.verdict, verdict.reasons, verdict.evidence)
    facts = asdict(judged)
    entry = request.history_entry(HistoryKind.CANARY_JUDGED, facts)
    services.ledger.record_as_holder(entry, target, request.fence)
    logger.info("canary judged", target=target.id, facts=facts)
    verdict.require_healthy(is_extended=request.is_extended)
    return judged
