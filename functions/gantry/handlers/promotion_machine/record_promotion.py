"""RecordPromotion: records how a promotion ended, and notifies automation and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.promotion.deployment import StateEntry
from gantry.promotion.failure import Failure
from gantry.promotion.release import Release
from gantry.use_cases.promotion_request import named_service
from gantry.use_cases.record_promotion import PromotionEnd, record_promotion


@dataclass(frozen=True, slots=True)
class EndPayload(StateEntry):
    """The state's payload."""

    event: Any
    """What the execution was started with; any JSON, as people may start it."""
    release: Release | None
    failure: Mapping[str, Any] | None
    """With `redrives`: how often the execution had been redriven when it failed."""
    redrives: int
    """How often it has been redriven by now."""

    def promotion_end(self) -> PromotionEnd:
        """Return how the promotion ended."""
        return PromotionEnd(
            self.execution,
            self.entered_at,
            service=self.release.service if self.release else named_service(self.event),
            release=self.release,
            failure=Failure.of(self.failure) if self.failure else None,
            redrives=self.redrives,
            is_redriven=self.failure is not None and self.redrives > self.failure["redrives"],
        )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the outcome `completed`, or `redriven` when the execution continues after a failure that is recorded.

    Raises:
        PromotionFailedError: the promotion has failed. That is recorded, and people were notified.
        NotificationError: it has completed and that is recorded, but somebody could not be notified.
    """
    return entry.payload(record_promotion(entry.parse(EndPayload, event).promotion_end(), entry.services()))
