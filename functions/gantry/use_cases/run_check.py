"""Begin one check of a revision that has no traffic yet, and answer the task that waits for it if it ends at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from gantry.aws.deadline import Deadline
from gantry.aws.hooks import Hook
from gantry.observability import logger
from gantry.promotion import durations
from gantry.promotion.checks import Check, CheckAnswer, CheckKind, CheckStatus
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import CheckPendingError, CheckUnavailableError, TargetUnreachableError
from gantry.promotion.visible_text import LONGEST_REASON, shortened
from gantry.use_cases import check_tasks
from gantry.use_cases.leasing import require_lease
from gantry.use_cases.own_requests import problem_of
from gantry.use_cases.services import Services

_LEAST_SECONDS = 10
"""With less time left, no further invocation begins."""
_KEPT_SECONDS = 86_400
"""How long a callback id outlives its check, so that a late answer is told that it is late."""
ROOM_WITHIN = timedelta(minutes=4)
"""For how long a task that has no room is tried again: what a check may take besides its own time is not much more."""
_DECIDED = {CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.STARTED}


@dataclass(frozen=True, slots=True)
class CheckRequest(DeploymentState):
    """Which check of a revision begins, and the token that its answer ends."""

    task_token: str
    revision: str
    index: int
    check: Check

    @property
    def callback_id(self) -> str:
        """The same on every try, so that a team's function can see that it was asked before.

        An execution that a promotion starts has a random name. So nobody guesses the id, and knowing it is not enough.
        """
        return sha256(f"{self.execution}#{self.at}#{self.index}".encode()).hexdigest()


def run_check(request: CheckRequest, seconds: float, services: Services) -> None:
    """Begin a check. Its token is answered now, unless a team's function answers it later.

    Args:
        request: which one.
        seconds: how long this function may work.
        services: the adapters.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CheckPendingError: there is no room for its task just now. The definition tries again.
    """
    require_lease(services, request.holder)
    deadline = Deadline.after(min(seconds, request.check.within_seconds))
    try:
        answer = _begun(request, deadline, services)
    except CheckUnavailableError as error:
        answer = CheckAnswer(CheckStatus.UNANSWERED, str(error))
    except CheckPendingError as error:
        if datetime.now(UTC) - request.entered_at < ROOM_WITHIN:
            raise
        answer = CheckAnswer(CheckStatus.UNANSWERED, f"for {durations.text(int(ROOM_WITHIN.total_seconds()))} {error}")
    if answer.status is CheckStatus.STARTED and not answer.run:
        logger.info("check goes on", target=request.deployment.target.id, check=str(request.check))
        return
    if not services.executions.succeed(request.task_token, asdict(answer)):
        logger.info("safely ignored: nobody waits for this check any more", check=str(request.check))


def _begun(request: CheckRequest, deadline: Deadline, services: Services) -> CheckAnswer:
    match request.check.kind:
        case CheckKind.INVOKE:
            return _invoked(request, deadline, services)
        case CheckKind.FUNCTION:
            return _asked(request, deadline, services)
        case CheckKind.CODEBUILD:
            return _built(request, services)
        case CheckKind.RUN_TASK:
            target, name = request.deployment.target, request.callback_id
            return check_tasks.begin(target, request.revision, request.check, name, services)


def _invoked(request: CheckRequest, deadline: Deadline, services: Services) -> CheckAnswer:
    check, kind = request.check, services.kinds.of(request.deployment.target)
    for number in range(1, check.times + 1):
        done = f"invocation {number} of {check.times}"
        if deadline.left() < _LEAST_SECONDS:
            return CheckAnswer(CheckStatus.UNANSWERED, f"there was no time for {done}")
        try:
            problem = problem_of(kind, request.deployment.target, request.revision, check.request, int(deadline.left()))
        except TargetUnreachableError as error:
            return CheckAnswer(CheckStatus.UNANSWERED, f"{done}: {error}")
        if problem:
            return CheckAnswer(CheckStatus.FAILED, f"{done}: {problem}")
    return CheckAnswer(CheckStatus.PASSED, f"{check.times} of {check.times} invocations succeeded")


def _asked(request: CheckRequest, deadline: Deadline, services: Services) -> CheckAnswer:
    """Keep the token first: the function may have answered before its invocation returns."""
    check, deployment = request.check, request.deployment
    expires_at = int(request.entered_at.timestamp()) + check.within_seconds + _KEPT_SECONDS
    hook = Hook(deployment.target.account, request.execution, request.task_token, expires_at)
    services.hooks.register(request.callback_id, hook, deployment.target, request.fence)
    function = services.check_function(deployment.target, check.name, int(deadline.left()))
    return _said(check, function.ask(_facts(request, services) | {"callback_id": request.callback_id}))


def _said(check: Check, told: Mapping[str, Any]) -> CheckAnswer:
    status, reason = told.get("status"), told.get("reason")
    if not isinstance(status, str) or status not in _DECIDED:
        wanted = ", ".join(f'"{each}"' for each in sorted(_DECIDED))
        raise CheckUnavailableError(f'{check.name} did not answer {{"status": …}} with one of {wanted}')
    said = shortened(str(reason), LONGEST_REASON) if reason else "no reason was given"
    return CheckAnswer(CheckStatus(status), said)


def _built(request: CheckRequest, services: Services) -> CheckAnswer:
    variables = {name.upper(): value for name, value in _facts(request, services).items()}
    build = services.builds(request.deployment.target, request.check.name).begin(variables, request.callback_id)
    return CheckAnswer(CheckStatus.STARTED, f"the build {build} has been started", build)


def _facts(request: CheckRequest, services: Services) -> dict[str, str]:
    """What a check is told about the revision."""
    deployment = request.deployment
    return {
        "version_arn": services.kinds.of(deployment.target).revision_arn(deployment.target, request.revision),
        "digest": deployment.release.digest,
        "environment": deployment.environment,
        "service": deployment.release.service,
        "target": deployment.target.id,
    }
