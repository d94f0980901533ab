"""What a task that has stopped says about its revision."""

from collections.abc import Mapping
from typing import Any

from gantry.targets.ecs_service.container_log import log_of
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.task_runner import TaskReport, TaskStatus

_BY_ITSELF = "EssentialContainerExited"
"""Every other code is ECS' own, or people's: TaskFailedToStart, SpotInterruption, UserInitiated … A process that was
told to end may end with 0: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"""


def ended_task(task: Mapping[str, Any], container: str, definition: TaskDefinition | None, region: str) -> TaskReport:
    """Return what became of a task.

    Args:
        task: as DescribeTasks returns it.
        container: the container that got the command.
        definition: what the task was made of; None when it was deleted.
        region: the task's.
    """
    arn, code = task["taskArn"], task.get("stopCode", "no stop code")
    found: Mapping[str, Any] = next((each for each in task.get("containers", ()) if each.get("name") == container), {})
    exit_code = found.get("exitCode")
    log = [log_of(definition, container, arn, region)] if definition and task.get("startedAt") else []
    why = [found["reason"]] if found.get("reason") else []
    if code == _BY_ITSELF and exit_code is not None:
        said = [f"the container {container} of the task {arn} has ended with exit code {exit_code}", *why, *log]
        return TaskReport(TaskStatus.ENDED, "; ".join(said), exit_code)
    ended = f"exit code {exit_code}" if exit_code is not None else "no exit code"
    said = [f"the task {arn} was broken off with {ended}: {code}", task.get("stoppedReason", ""), *why, *log]
    return TaskReport(TaskStatus.BROKEN_OFF, "; ".join(filter(None, said)))
