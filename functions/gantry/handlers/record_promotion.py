"""RecordPromotion: how a promotion ended, for the history, for automation and for people."""

from typing import Any

from gantry.aws.ledger import Ledger
from gantry.aws.notifications import EventBus, Topic
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.errors import NotificationError, PromotionFailedError
from gantry.promotion.failure import LONGEST_CAUSE, Failure
from gantry.promotion.ledger import HistoryEntry
from gantry.promotion.release import Release


class PromotionRequest(StateRequest):
    """The state's payload. There is no release when it could not even be resolved."""

    event: dict[str, Any]
    release: Release | None
    failure: dict[str, Any] | None
    """With `redrives`: how often the execution had been redriven when it failed."""
    redrives: int
    """How often it has been redriven by now."""

    @property
    def service(self) -> str:
        """The repository, as well as it is known."""
        if self.release:
            return self.release.service
        detail = self.event.get("detail")
        named = detail.get("repository-name") if isinstance(detail, dict) else self.event.get("repository")
        return str(named or "unknown")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the outcome `completed`, or `redriven` when the execution goes on after a failure that is recorded.

    Raises:
        PromotionFailedError: it has failed, and that is recorded and told.
        NotificationError: it is completed and recorded, but somebody could not be told.
    """
    request = PromotionRequest.model_validate(event)
    if request.failure and request.redrives > request.failure["redrives"]:
        logger.info("promotion redriven", release=str(request.release))
        return {"outcome": "redriven"}
    failure = Failure.of(request.failure) if request.failure else None
    outcome = "Failed" if failure else "Completed"
    release = request.release
    facts: dict[str, Any] = {
        "service": request.service,
        "image_digest": release.image_digest if release else None,
        "tag": release.tag if release else None,
        "error": failure.error if failure else None,
        "reason": failure.message if failure else None,
    }
    Ledger.from_env().record(
        HistoryEntry(request.service, request.at, f"promotion_{outcome.lower()}", request.execution, facts=facts)
    )
    metrics.add_metric(f"Promotions{outcome}", unit="Count", value=1)
    logger.info("promotion ended", outcome=outcome, facts=facts)
    try:
        _tell(request, outcome, facts, str(failure) if failure else "live in every environment it was meant for.")
    except NotificationError:
        if not failure:
            raise
        logger.exception("not told")
    if failure:
        raise PromotionFailedError(str(failure)[:LONGEST_CAUSE])
    return {"outcome": "completed"}


def _tell(request: PromotionRequest, outcome: str, facts: dict[str, Any], told: str) -> None:
    EventBus.from_env().announce(f"Promotion {outcome}", {**facts, "execution": request.execution}, [])
    Topic.from_env().tell(
        f"{request.service}: promotion {outcome.lower()}",
        f"{request.release or request.service}: {told}\n\nExecution: {request.execution}",
    )
