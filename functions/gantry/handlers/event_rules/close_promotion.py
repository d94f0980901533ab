"""ClosePromotion: records and notifies how a promotion has ended that could not do so itself, and closes its approvals.

Invoked by EventBridge when an execution of the promotion machine ends badly: no Catch sees a stop, the machine's own
time-out, or a state's data limit. And by a schedule over all promotions, because events are best effort.
"""

from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.handlers.event_rules.execution_events import ExecutionDetail
from gantry.observability import logger, metrics
from gantry.use_cases.close_promotions import close_promotions


class EndEvent(BaseModel):
    """An event of an execution that ended, or a scheduled one."""

    detail: ExecutionDetail = Field(default_factory=ExecutionDetail)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the ARNs of the promotions that were `closed`.

    Raises:
        ClosingIncompleteError: a promotion could not be closed. The next run tries again.
    """
    return entry.payload(close_promotions(entry.parse(EndEvent, event).detail.end(), entry.services()))
