"""Record how a promotion ended, and notify automation and people."""

from dataclasses import dataclass
from enum import StrEnum

from gantry.aws.notification_log import name_of
from gantry.observability import logger, metrics
from gantry.promotion import events, messages
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import NotificationError, PromotionFailedError
from gantry.promotion.failure import LONGEST_CAUSE, Failure
from gantry.promotion.history import HistoryKind
from gantry.promotion.release import Release
from gantry.promotion.visible_text import shortened
from gantry.use_cases.promotion_history import history_of, last_end_of
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class PromotionEnd(StateEntry):
    """A promotion that has completed or failed."""

    service: str
    """The service, as far as it is known."""
    release: Release | None
    """None when the promotion failed before there was one."""
    failure: Failure | None
    """None when it has completed."""
    redrives: int
    """How often the execution was redriven before this end."""
    is_redriven: bool
    """Whether the execution was redriven after this failure."""


class PromotionOutcome(StrEnum):
    """What the promotion machine goes on with."""

    COMPLETED = "completed"
    REDRIVEN = "redriven"
    """It continues after a failure that is recorded already."""


@dataclass(frozen=True, slots=True)
class RecordedPromotion:
    """A promotion whose end is recorded."""

    outcome: PromotionOutcome


def record_promotion(end: PromotionEnd, services: Services) -> RecordedPromotion:
    """Record the end of a promotion and notify. A redriven promotion has not ended: it continues.

    Raises:
        PromotionFailedError: it has failed. The failure is recorded and people were notified.
        NotificationError: it has completed and that is recorded, but somebody could not be notified.
    """
    if end.failure and end.is_redriven:
        logger.info("promotion redriven", release=str(end.release))
        services.running_promotions.resume(end.execution)
        return RecordedPromotion(PromotionOutcome.REDRIVEN)
    event = events.promotion_ended(end.service, end.release, end.failure, end.execution)
    kind = HistoryKind.PROMOTION_FAILED if end.failure else HistoryKind.PROMOTION_COMPLETED
    services.ledger.record_promotion_end(history_of(event, kind, end), last_end_of(event, end))
    metrics.add_metric("PromotionsFailed" if end.failure else "PromotionsCompleted", unit="Count", value=1)
    logger.info("promotion ended", outcome=kind, facts=event.detail)
    if end.failure:
        _notify_of_failure(end, event, services)
        raise PromotionFailedError(shortened(str(end.failure), LONGEST_CAUSE))
    services.events.publish(event)
    services.topic.publish(_message(end))
    services.notification_log.mark_sent(name_of(end.execution, end.redrives))
    services.running_promotions.remove(end.execution)
    return RecordedPromotion(PromotionOutcome.COMPLETED)


def _notify_of_failure(end: PromotionEnd, event: events.Event, services: Services) -> None:
    """Notify automation, then people. The failure counts: ClosePromotion notifies people who could not be reached."""
    publish_best_effort(services, event)
    try:
        services.topic.publish(_message(end))
    except NotificationError:
        logger.exception("notification failed")
    else:
        services.notification_log.mark_sent(name_of(end.execution, end.redrives))


def _message(end: PromotionEnd) -> messages.Message:
    return messages.promotion_ended(end.service, end.release, end.failure, end.execution)
