"""What one run of a revision with a command promises, whatever the kind."""

import pytest
from botocore.exceptions import ReadTimeoutError

from gantry.promotion.errors import CheckUnavailableError
from gantry.targets.task_runner import TaskCommand, TaskRunner, TaskStatus
from tests.unit.targets.contract.harness import Harness
from tests.unit.targets.contract.task_harness import runner_of, with_tasks

runs_tasks = pytest.mark.needs("runs_tasks")

MIGRATE = TaskCommand(("python", "manage.py", "migrate"))
NAME, OTHER_NAME = "5f2b" * 16, "6a3c" * 16


def begun(harness: Harness, canary: str, name: str = NAME) -> str:
    return runner_of(harness).begin_task(harness.target, canary, MIGRATE, name)


@runs_tasks
def test_a_revision_without_traffic_runs_a_command_and_gets_no_traffic_by_it(harness: Harness, canary: str) -> None:
    routed = list(harness.routes())
    begun(harness, canary)
    assert [(revision, tuple(arguments)) for revision, arguments in with_tasks(harness).tasks()] == [
        (canary, MIGRATE.arguments)
    ]
    assert list(harness.routes()) == routed


@runs_tasks
def test_the_same_name_is_the_same_task_also_when_it_has_ended(harness: Harness, canary: str) -> None:
    task = begun(harness, canary)
    assert begun(harness, canary) == task
    with_tasks(harness).end_task(task, 1)
    assert begun(harness, canary) == task
    assert len(with_tasks(harness).tasks()) == 1


@runs_tasks
def test_a_task_whose_caller_died_is_found_again(harness: Harness, canary: str) -> None:
    with_tasks(harness).lose_task()
    with pytest.raises(ReadTimeoutError):
        begun(harness, canary)
    begun(harness, canary)
    assert len(with_tasks(harness).tasks()) == 1


@runs_tasks
def test_another_name_is_another_task(harness: Harness, canary: str) -> None:
    assert begun(harness, canary) != begun(harness, canary, OTHER_NAME)
    assert len(with_tasks(harness).tasks()) == 2


@runs_tasks
def test_a_task_goes_on_and_says_how_to_stop_it(harness: Harness, canary: str) -> None:
    task = begun(harness, canary)
    report = runner_of(harness).look_at_task(harness.target, task, MIGRATE)
    assert (report.status, report.exit_code) == (TaskStatus.RUNNING, None)
    assert report.to_stop


@runs_tasks
@pytest.mark.parametrize("code", [0, 3])
def test_a_task_that_ends_by_itself_has_an_exit_code(harness: Harness, canary: str, code: int) -> None:
    task = begun(harness, canary)
    with_tasks(harness).end_task(task, code)
    report = runner_of(harness).look_at_task(harness.target, task, MIGRATE)
    assert (report.status, report.exit_code, report.to_stop) == (TaskStatus.ENDED, code, "")
    assert report.said


@runs_tasks
def test_a_task_that_others_end_has_no_exit_code_of_its_own(harness: Harness, canary: str) -> None:
    task = begun(harness, canary)
    with_tasks(harness).break_off_task(task)
    report = runner_of(harness).look_at_task(harness.target, task, MIGRATE)
    assert (report.status, report.exit_code, report.to_stop) == (TaskStatus.BROKEN_OFF, None, "")


@runs_tasks
def test_a_task_that_the_service_does_not_know_has_neither_ended_nor_failed(harness: Harness, canary: str) -> None:
    task = begun(harness, canary)
    with_tasks(harness).forget_task(task)
    assert runner_of(harness).look_at_task(harness.target, task, MIGRATE).status is TaskStatus.NOT_SHOWN


@runs_tasks
def test_a_revision_that_is_gone_runs_nothing(harness: Harness, canary: str) -> None:
    harness.remove(canary)
    with pytest.raises(CheckUnavailableError):
        begun(harness, canary)
    assert not with_tasks(harness).tasks()


def test_a_kind_runs_tasks_exactly_if_its_capabilities_and_its_schema_say_so(harness: Harness) -> None:
    assert harness.schema.runs_tasks == harness.kind.capabilities.runs_tasks
    assert isinstance(harness.kind, TaskRunner) == harness.kind.capabilities.runs_tasks
