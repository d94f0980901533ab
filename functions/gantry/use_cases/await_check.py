"""Look once whether the build or task that checks a revision has ended."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gantry.promotion.checks import Check, CheckAnswer, CheckKind, CheckStatus
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import CheckPendingError
from gantry.use_cases import check_tasks
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
    answer = _look(request, services)
    if answer.status is not CheckStatus.STARTED:
        return answer
    if datetime.now(UTC) - request.entered_at < timedelta(seconds=request.check.within_seconds):
        raise CheckPendingError(answer.reason)
    return CheckAnswer(CheckStatus.UNANSWERED, f"after {request.check.within_seconds} seconds {answer.reason}")


def _look(request: AwaitedCheck, services: Services) -> CheckAnswer:
    target, check, run = request.deployment.target, request.check, request.answer.run
    if check.kind is CheckKind.RUN_TASK:
        return check_tasks.look(target, check, run, request, services)
    return services.builds(target, check.name).answer(run)
