"""RequestApproval: asks each approver by mail, with a link of their own, unless a newer release is at the gate."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.approvals.requesting import ApprovalRequest, request_approval


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the approval's `key`, and its outcome as `decision` or the `seconds` to wait for it.

    Raises:
        QuorumUnreachableError: too few people may approve this release.
    """
    return entry.payload(request_approval(entry.parse(ApprovalRequest, event), entry.services()))
