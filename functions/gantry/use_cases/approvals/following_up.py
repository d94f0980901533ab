"""Do what is due while an approval is pending: a reminder, an escalation, the expiry."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.deployment import StateEntry
from gantry.promotion.events import approval_escalated
from gantry.promotion.interrupted_approval import as_it_is
from gantry.use_cases.approvals.approval_state import ApprovalState, state_of
from gantry.use_cases.approvals.asking_again import current_round
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.approvals.mailing import ask, remind
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class FollowUpRequest(StateEntry):
    """An approval that a promotion waits for."""

    environment: str


def follow_up_approval(request: FollowUpRequest, services: Services) -> ApprovalState:
    """Return the approval's outcome, also one that came before the machine could wait for it, or how long to wait."""
    counts = current_round(approval_id(request.execution, request.environment), services)
    return state_of(do_what_is_due(counts, services))


def do_what_is_due(approval: Approval, services: Services) -> Approval:
    """Ask, escalate, remind, let it expire, and deliver an outcome. Return the approval as it is afterwards.

    Args:
        approval: the approval, as this state has just read it.
        services: the adapters.
    """
    at = now()
    if as_it_is(approval, at) != approval:
        approval, _ = services.approvals.change(approval.id, lambda each: as_it_is(each, at), approval)
    if not approval.outcome:
        asked_before = approval.asked
        approval = _remind(asked_before, _escalate(approval, at, services), at, services)
    conclude(approval, services)
    return approval


def _escalate(approval: Approval, at: str, services: Services) -> Approval:
    """Let others answer too from now on."""
    if approval.is_escalation_due(at):
        approval, _ = services.approvals.change(approval.id, Approval.escalated, approval)
        logger.info("approval escalated", approval=approval.id, to=approval.policy.escalate_to)
        publish_best_effort(services, approval_escalated(approval))
    return ask(approval, services)


def _remind(asked_before: Sequence[str], approval: Approval, at: str, services: Services) -> Approval:
    """Remind those who were asked before and have not answered. Note it first, so that a retry reminds nobody again."""
    if not approval.is_reminder_due(at):
        return approval
    approval, is_new = services.approvals.change(approval.id, Approval.reminded, approval)
    if not is_new:
        return approval
    unanswered = [each for each in asked_before if not approval.answer_of(each)]
    logger.info("approvers reminded", approval=approval.id, unanswered=unanswered)
    return remind(unanswered, approval, services)
