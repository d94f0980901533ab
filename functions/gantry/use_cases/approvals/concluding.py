"""Deliver the outcome of an approval: to the history, to the execution that waits, and to the bus."""

from dataclasses import asdict

from gantry.observability import logger, metrics
from gantry.promotion.approval import Approval
from gantry.promotion.approval_outcome import OutcomeFacts, history_facts, outcome_facts
from gantry.promotion.events import approval_decided
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services


def conclude(approval: Approval, services: Services) -> None:
    """Deliver the outcome of an approval; do nothing while it has none.

    Call it again freely: the history keeps the outcome once, and the machine accepts one answer, so that a repetition
    only completes what an earlier try did not reach. When no task waits yet, the one that is about to wait finds the
    outcome in the ledger. The event is published before that is noted: a crash in between, or another try at the same
    time, may publish it twice, but never loses it.
    """
    outcome = outcome_facts(approval)
    if outcome is None:
        return
    services.ledger.record(_history_of(approval, outcome))
    delivery = services.approvals.delivery(approval)
    if not delivery.task_token or not services.executions.succeed(delivery.task_token, asdict(outcome)):
        logger.info("safely ignored: no task waits for this outcome", approval=approval.id)
    if delivery.is_published:
        return
    logger.info("approval ended", approval=approval.id, outcome=outcome.decision)
    if publish_best_effort(services, approval_decided(approval, outcome)):
        services.approvals.mark_published(approval)
        what = "CanaryQuestions" if approval.canary else "Approvals"
        how = outcome.decision.title().replace("_", "")
        metrics.add_metric(f"{what}{how}", unit="Count", value=1)


def _history_of(approval: Approval, outcome: OutcomeFacts) -> HistoryEntry:
    return HistoryEntry(
        approval.release.service,
        outcome.decided_at,
        HistoryKind.CANARY_QUESTION_DECIDED if approval.canary else HistoryKind.APPROVAL_DECIDED,
        approval.execution,
        approval.environment,
        approval.targets[0].id if approval.canary else None,
        history_facts(approval, outcome),
    )
