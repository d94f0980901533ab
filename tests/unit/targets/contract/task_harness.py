"""What the contract suite needs of a kind that runs tasks, beside all other kinds' harness."""

from collections.abc import Sequence
from typing import Protocol, cast

from gantry.targets.task_runner import TaskRunner
from tests.unit.targets.contract.harness import Harness


class TaskHarness(Harness, Protocol):
    """The harness of a kind whose capabilities say `runs_tasks`."""

    def tasks(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Return the revision and the arguments of each task that was started."""

    def lose_task(self) -> None:
        """Let the caller die right after the next task was started."""

    def end_task(self, task: str, exit_code: int) -> None:
        """Let a task end by itself."""

    def break_off_task(self, task: str) -> None:
        """Let somebody else end a task whose process then ends with 0."""

    def forget_task(self, task: str) -> None:
        """Let the service not show a task any more."""


def runner_of(harness: Harness) -> TaskRunner:
    """Return the kind, as one that runs tasks."""
    assert isinstance(harness.kind, TaskRunner)
    return harness.kind


def with_tasks(harness: Harness) -> TaskHarness:
    """Return the harness of such a kind."""
    return cast("TaskHarness", harness)
