"""Find the promotions that have ended without being able to say so. Record it, close their approvals, and notify.

It may run at any time, twice, and beside itself. Two runs at the same moment may notify twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from gantry.aws.executions import ExecutionEnd
from gantry.aws.notification_log import name_of
from gantry.observability import logger, metrics
from gantry.promotion import events, messages
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import PromotionFailedError
from gantry.promotion.history import HistoryKind
from gantry.promotion.interrupted_approval import stopped
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.timestamps import moment
from gantry.promotion.unfinished import ClosingIncompleteError
from gantry.use_cases.approvals.asking_again import current_round
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.promotion_history import history_of, last_end_of
from gantry.use_cases.promotion_request import named_service
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ClosedPromotions:
    """The ARNs of the promotions whose end is known now."""

    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Ended:
    """A promotion that has ended."""

    end: ExecutionEnd
    promotion: RunningPromotion | None
    """None when it came to no release."""

    @property
    def at(self) -> str:
        """When it ended; when it began where Step Functions has forgotten it."""
        return self.promotion.since if self.promotion and self.end.is_forgotten else self.end.at


def close_promotions(announced: ExecutionEnd | None, services: Services) -> ClosedPromotions:
    """Close the promotion whose end was announced; without an announced end, every one that has ended.

    Raises:
        ClosingIncompleteError: a promotion could not be closed. The next run tries again.
    """
    closed, problems = [], []
    for execution, promotion in list(_in_question(announced, services)):
        try:
            end = services.executions.end_of(execution, announced)
            if end is None or (promotion and not end.is_certain(promotion.since, datetime.now(UTC))):
                continue
            _close(_Ended(end, promotion), services)
            closed.append(execution)
        except Exception as error:
            logger.exception("not closed", execution=execution)
            problems.append(f"{execution}: {type(error).__name__}: {error}")
    if problems:
        raise ClosingIncompleteError("; ".join(problems))
    return ClosedPromotions(tuple(closed))


def _in_question(announced: ExecutionEnd | None, services: Services) -> Iterator[tuple[str, RunningPromotion | None]]:
    if announced:
        yield announced.arn, services.running_promotions.get(announced.arn)
        return
    yield from ((each.execution, each) for each in services.running_promotions.all())


def _close(ended: _Ended, services: Services) -> None:
    """Notify people last but one: what a crash leaves behind, the next run finds by the promotion's item."""
    end = ended.end
    if end.status == "SUCCEEDED":
        services.running_promotions.remove(end.arn)
    else:
        _close_approvals(ended, services)
        _report(ended, services)
        services.running_promotions.end(end.arn)
    logger.info("promotion closed", execution=end.arn, status=end.status)


def _close_approvals(ended: _Ended, services: Services) -> None:
    for environment in ended.promotion.environments if ended.promotion else ():
        try:
            asked = current_round(approval_id(ended.end.arn, environment), services)
            approval, _ = services.approvals.change(asked.id, lambda each: stopped(each, ended.at))
        except LookupError:  # nobody was asked
            continue
        if _is_due(approval):
            conclude(approval, services)


def _is_due(approval: Approval) -> bool:
    """Whether nothing but the promotion's end has ended it: whoever ended it otherwise has delivered its outcome."""
    return approval.outcome in ("stopped", "expired")


def _report(ended: _Ended, services: Services) -> None:
    """Record, publish and notify, each once. RecordPromotion may have done any of it before it ended.

    Raises:
        NotificationError: SNS did not take the message.
    """
    end, log = ended.end, services.notification_log
    name = name_of(end.arn, end.redrives)
    if log.was_sent(name):
        return
    release = ended.promotion.release if ended.promotion else None
    service = release.service if release else named_service(end.input)
    if end.error != PromotionFailedError.__name__:
        event = events.promotion_ended(service, release, end.failure, end.arn)
        entry = StateEntry(end.arn, moment(ended.at))
        history = history_of(event, HistoryKind.PROMOTION_FAILED, entry)
        services.ledger.record_promotion_end(history, last_end_of(event, entry))
        metrics.add_metric("PromotionsFailed", unit="Count", value=1)
        publish_best_effort(services, event)
    services.topic.publish(messages.promotion_cut_short(service, release, end.how, end.failure, end.arn))
    log.mark_sent(name)
