"""The tasks of the kind `memory`: a revision runs once with a command. Asking twice under one name starts one."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from gantry.promotion.errors import CheckUnavailableError
from gantry.promotion.target import Target
from gantry.targets.task_runner import TaskCommand, TaskReport, TaskStatus
from tests.unit.targets.fake_client import FakeClient, counted


@dataclass
class MemoryTask:
    """One run."""

    revision: str
    command: TaskCommand
    status: TaskStatus = TaskStatus.RUNNING
    exit_code: int | None = None


class MemoryTasks(FakeClient):
    """All tasks, by their names. Tests end them."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, MemoryTask] = {}

    @counted
    def start(self, *, name: str, revision: str, command: TaskCommand) -> None:
        """Start a run, unless there is one of this name."""
        self.known.setdefault(name, MemoryTask(revision, command))

    @counted
    def find(self, *, name: str) -> MemoryTask | None:
        """Return a run as it is now."""
        return self.known.get(name)


class RunsMemoryTasks(ABC):
    """The part of the kind that runs tasks. A revision has one part only, whose name is empty."""

    tasks: MemoryTasks

    def begin_task(self, target: Target, revision: str, command: TaskCommand, name: str) -> str:
        if not self._exists(target, revision):
            raise CheckUnavailableError(f"{target.id}: there is no revision {revision}")
        self.tasks.start(name=name, revision=revision, command=command)
        return name

    def look_at_task(self, target: Target, task: str, command: TaskCommand) -> TaskReport:
        del target, command
        found = self.tasks.find(name=task)
        if found is None:
            return TaskReport(TaskStatus.NOT_SHOWN, f"there is no task {task}")
        to_stop = "ask whoever runs the barn" if found.status is TaskStatus.RUNNING else ""
        return TaskReport(found.status, f"the task {task} is {found.status}", found.exit_code, to_stop)

    @abstractmethod
    def _exists(self, target: Target, revision: str) -> bool:
        """Whether the target has such a revision."""
