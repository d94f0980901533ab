"""The events of Step Functions about executions that have ended."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from gantry.aws.executions import ExecutionEnd
from gantry.promotion.failure import as_object
from gantry.promotion.timestamps import iso


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
