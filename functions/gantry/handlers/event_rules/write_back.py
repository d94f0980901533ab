"""WriteBack: something has become live, or was rolled back or repaired, and Git should say so."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.handlers.event_rules.queue_message import QueueMessage
from gantry.observability import logger, metrics
from gantry.promotion.source import Source
from gantry.use_cases.write_back.write_back import WriteBackRequest, write_back


class Detail(BaseModel):
    """One of Gantry's own events about a target: docs/events.md."""

    service: str
    environment: str
    execution: str = Field(pattern=r"^[\w:+=,.@/-]+$")  # it becomes a line of the commit's text
    digest: str | None = None
    source: Mapping[str, Any] | None = None

    def request(self) -> WriteBackRequest:
        """Return what is to be looked at."""
        source = Source.read(self.source) if self.source else None
        return WriteBackRequest(self.service, self.environment, self.execution, self.digest, source)


Message = QueueMessage[Detail]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `outcome` and its `reference`. What is raised brings the message back, and at last into its own queue.

    Raises:
        GantryError: see `write_back`.
    """
    detail = entry.parse(Message, event).detail
    return entry.payload(write_back(detail.request(), entry.services()))
