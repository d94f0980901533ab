"""Task definitions that also run once, beside their service."""

from collections.abc import Callable

from gantry.promotion.target import Target
from gantry.targets.ecs_service.one_off_tasks import OneOffTasks
from gantry.targets.ecs_service.service import EcsService
from gantry.targets.ecs_service.task_revisions import TaskRevisions
from gantry.targets.task_runner import TaskCommand, TaskReport


class RunTaskRevisions(TaskRevisions):
    """The answers of the port about revisions and their tasks. `tasks` returns what runs those of a target."""

    def __init__(self, service: Callable[[Target], EcsService], tasks: Callable[[Target], OneOffTasks]) -> None:
        super().__init__(service)
        self._tasks = tasks

    def begin_task(self, target: Target, revision: str, command: TaskCommand, name: str) -> str:
        """Start a task of a task definition where those of the service run."""
        return self._tasks(target).begin(revision, command, name)

    def look_at_task(self, target: Target, task: str, command: TaskCommand) -> TaskReport:
        """Return what a task says by now."""
        return self._tasks(target).look(task, command)
