"""WriteLiveParameters: something has become live, was rolled back or repaired, and parameters should say so."""

from typing import Any

from pydantic import BaseModel

from gantry.handlers import entry
from gantry.handlers.event_rules.queue_message import QueueMessage
from gantry.observability import logger, metrics
from gantry.use_cases.live_parameters.write_live_parameters import write_live_parameters


class Detail(BaseModel):
    """One of Gantry's own events about a target: docs/events.md. Or what `gantry write-live` sends."""

    service: str
    environment: str
    target: str | None = None
    """The id of the one that has changed; none where all are to be looked at."""


Message = QueueMessage[Detail]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return which parameters were `changed`, and how many were `unchanged`.

    Raises:
        LiveParameterError: some cannot be written. The message comes back, and at last into its own queue.
    """
    detail = entry.parse(Message, event).detail
    return entry.payload(write_live_parameters(detail.service, detail.environment, entry.services(), detail.target))
