"""Checks that run a revision once with a command, and are decided by its exit code."""

from datetime import UTC, datetime, timedelta

from gantry.promotion.checks import Check, CheckAnswer, CheckStatus
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import CheckUnavailableError
from gantry.promotion.target import Target
from gantry.targets.task_runner import TaskCommand, TaskReport, TaskRunner, TaskStatus
from gantry.use_cases.services import Services

_SHOWN_WITHIN = timedelta(minutes=5)
"""How long a service may need to show what it has begun. ECS tells its callers to ask for up to five minutes:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"""


def begin(target: Target, revision: str, check: Check, name: str, services: Services) -> CheckAnswer:
    """Start the task of a check. Another try with the same name finds the same task.

    Raises:
        CheckUnavailableError: it cannot be started.
        CheckPendingError: it cannot be started just now.
    """
    task = _runner(target, services).begin_task(target, revision, _command(check), name)
    return CheckAnswer(CheckStatus.STARTED, f"the task {task} has been started", task)


def look(target: Target, check: Check, task: str, state: StateEntry, services: Services) -> CheckAnswer:
    """Return what a task says by now.

    Args:
        target: where it was begun.
        check: as it was begun for.
        task: its id.
        state: since when it is waited for.
        services: the adapters.
    """
    report = _runner(target, services).look_at_task(target, task, _command(check))
    status = _status(report, datetime.now(UTC) - state.entered_at)
    if status is CheckStatus.STARTED:
        return CheckAnswer(status, "; ".join(each for each in (report.said, report.to_stop) if each), task)
    return CheckAnswer(status, report.said)


def _command(check: Check) -> TaskCommand:
    return TaskCommand(check.command, check.name)


def _status(report: TaskReport, waited: timedelta) -> CheckStatus:
    """Only an exit code says whether the revision is good."""
    if report.status is TaskStatus.ENDED and report.exit_code is not None:
        return CheckStatus.FAILED if report.exit_code else CheckStatus.PASSED
    goes_on = report.status is TaskStatus.RUNNING or (report.status is TaskStatus.NOT_SHOWN and waited < _SHOWN_WITHIN)
    return CheckStatus.STARTED if goes_on else CheckStatus.UNANSWERED


def _runner(target: Target, services: Services) -> TaskRunner:
    kind = services.kinds.of(target)
    if not isinstance(kind, TaskRunner):
        raise CheckUnavailableError(f"{target.id}: targets of the kind {target.kind} run no tasks")
    return kind
