"""FollowUpApproval: does what is due while an approval is pending: a reminder, an escalation, the expiry."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.approvals.following_up import FollowUpRequest, follow_up_approval


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return what RequestApproval returns, also when the outcome came before the machine could wait for it."""
    return entry.payload(follow_up_approval(entry.parse(FollowUpRequest, event), entry.services()))
