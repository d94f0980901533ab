"""A kind that runs tasks, in memory. Nothing else is asked of it by checks."""

from dataclasses import dataclass, field

from gantry.promotion.target import Target
from gantry.targets.task_runner import TaskCommand, TaskReport

RUNNING_TARGET = Target("tasks", "444444444444", "us-east-1", "tasks/cowsay", "arn:aws:tasks:us-east-1::cowsay")


@dataclass
class FakeTasks:
    """The tasks of a target, of which a name begins one."""

    reports: list[TaskReport] = field(default_factory=list)
    """What each look finds; the last one again and again."""
    begun: dict[str, tuple[str, TaskCommand]] = field(default_factory=dict)
    """The revision and the command of each task, by its name."""
    looked_at: list[tuple[str, TaskCommand]] = field(default_factory=list)
    """The task and the command of each look."""
    refusal: Exception | None = None

    def begin_task(self, target: Target, revision: str, command: TaskCommand, name: str) -> str:
        if self.refusal:
            raise self.refusal
        self.begun[name] = (revision, command)
        return f"{target.name}/{list(self.begun).index(name) + 1}"

    def look_at_task(self, target: Target, task: str, command: TaskCommand) -> TaskReport:
        self.looked_at.append((task, command))
        return self.reports.pop(0) if len(self.reports) > 1 else self.reports[0]
