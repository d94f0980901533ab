"""FollowUpApproval: what is due while people are waited for: a reminder, an escalation, the expiry."""

from collections.abc import Sequence
from typing import Any

from gantry.aws.approvals import Approvals
from gantry.handlers.announcing import announce
from gantry.handlers.approval_outcome import conclude
from gantry.handlers.approval_requests import ask, now, remind, requested, standing
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.approval import Approval, approval_id


class FollowUpRequest(StateRequest):
    """The state's payload."""

    environment: str


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer as RequestApproval does. Also when the outcome was there before the machine could wait for it."""
    request = FollowUpRequest.model_validate(event)
    approvals = Approvals.from_env()
    moment = now()
    approval, _ = approvals.change(
        approval_id(request.execution, request.environment),
        lambda each: each.ended("expired", each.expires_at) if moment >= each.expires_at else each,
    )
    if not approval.outcome:
        asked = approval.asked
        approval = _remind(asked, _escalate(approval, approvals, moment), approvals, moment)
    if approval.outcome:
        conclude(approval, approvals)
    return standing(approval)


def _escalate(approval: Approval, approvals: Approvals, moment: str) -> Approval:
    """From now on others may answer too."""
    if approval.is_due(approval.escalation_at, moment):
        approval, _ = approvals.change(approval.id, Approval.escalated)
        logger.info("approval escalated", approval=approval.id, to=approval.policy.escalate_to)
        announce("Promotion Approval Escalated", requested(approval))
    return ask(approval, approvals)


def _remind(asked: Sequence[str], approval: Approval, approvals: Approvals, moment: str) -> Approval:
    """Once, and only those who were asked before and have not answered. It is noted first: a retry reminds nobody."""
    if not approval.is_due(approval.reminder_at, moment):
        return approval
    approval, is_new = approvals.change(approval.id, Approval.reminded)
    if not is_new:
        return approval
    waiting = [each for each in asked if not approval.answer_of(each)]
    logger.info("approvers reminded", approval=approval.id, waiting=waiting)
    return remind(waiting, approval, approvals)
