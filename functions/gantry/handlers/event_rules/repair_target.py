"""RepairTarget: leaves the targets whose lease's holder has ended with one revision, a free lease and a true ledger.

Invoked by EventBridge when an execution of the deployment or the rollback machine ends badly; by a schedule over all
targets, because events are best effort; and by a deployment that waits for a lease that was left behind.
"""

from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.handlers.event_rules.execution_events import ExecutionDetail
from gantry.observability import logger, metrics
from gantry.use_cases.repair.repair_targets import RepairRequest, repair_targets


class RepairEvent(BaseModel):
    """An event of an execution that ended, a scheduled one, or the id of one `target`."""

    detail: ExecutionDetail = Field(default_factory=ExecutionDetail)
    target: str | None = None


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the ids of the targets that were `repaired`.

    Raises:
        RepairIncompleteError: a target could not be repaired. Its lease stays as it is, for the next run.
    """
    wanted = entry.parse(RepairEvent, event)
    request = RepairRequest(announced=wanted.detail.end(), target_id=wanted.target)
    return entry.payload(repair_targets(request, entry.services()))
