"""Look once whether the build or task that checks a revision has ended."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gantry.promotion.checks import Check, CheckAnswer, CheckStatus
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import CheckPendingError
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class AwaitedCheck(DeploymentState):
    """The check that is waited for."""

    check: Check
    answer: CheckAnswer
    """What was known of it before."""


def await_check(request: AwaitedCheck, services: Services) -> CheckAnswer:
    """Return how the check has ended, or that it took too long.

    Raises:
        CheckPendingError: it goes on, and has time left. The definition looks again.
    """
    answer = services.builds(request.deployment.target, request.check.name).answer(request.answer.run)
    if answer.status is not CheckStatus.STARTED:
        return answer
    if datetime.now(UTC) - request.entered_at < timedelta(seconds=request.check.within_seconds):
        raise CheckPendingError(answer.reason)
    return CheckAnswer(CheckStatus.UNANSWERED, f"{answer.reason} after {request.check.within_seconds} seconds")
