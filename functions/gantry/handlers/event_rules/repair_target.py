"""RepairTarget: leaves the targets whose lease's holder has ended with one revision, a free lease and a true ledger.

Invoked by EventBridge when an execution of the deployment or the rollback machine ends badly; by a schedule over all
targets, because events are best effort; and by a deployment that waits for a lease that was left behind.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.promotion.failure import as_object
from gantry.promotion.timestamps import iso
from gantry.use_cases.repair.repair_targets import RepairRequest, repair_targets


class ExecutionDetail(BaseModel):
    """The detail of an event about an execution; a scheduled event has an empty one.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """

    execution: str | None = Field(default=None, alias="executionArn")
    status: str = ""
    stop_date: int | None = Field(default=None, alias="stopDate")
    """Milliseconds since the epoch."""
    input: str | None = None
    """None when it is too large for an event."""
    error: str | None = None
    cause: str | None = None
    redrives: int = Field(default=0, alias="redriveCount")

    def end(self) -> ExecutionEnd | None:
        """Return the end that the event announces; None when it announces none."""
        if self.execution is None or self.stop_date is None:
            return None
        return ExecutionEnd(
            arn=self.execution,
            status=self.status,
            at=iso(datetime.fromtimestamp(self.stop_date / 1000, UTC)),
            input=as_object(self.input or ""),
            error=self.error,
            cause=self.cause,
            redrives=self.redrives,
        )


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
