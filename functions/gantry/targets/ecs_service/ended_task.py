"""What a task that has stopped says about its revision."""

from collections.abc import Mapping
from typing import Any

from gantry.targets.ecs_service.container_log import log_of
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.task_runner import TaskReport, TaskStatus

_BY_ITSELF = "EssentialContainerExited"
"""Every other code is ECS' own, or people's: TaskFailedToStart, SpotInterruption, UserInitiated … A process that was
told to end may end with 0: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"""

_WHEN_TOLD = {137, 143}
"""How a process ends by SIGKILL and SIGTERM, which ECS sends to a container that is to end:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html"""
_OUT_OF_MEMORY = "OutOfMemoryError"
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html"""


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
    doubt = _doubt(task, container, found, definition) if code == _BY_ITSELF else ""
    if code == _BY_ITSELF and exit_code is not None and not doubt:
        said = [f"the container {container} of the task {arn} has ended with exit code {exit_code}", *why, *log]
        return TaskReport(TaskStatus.ENDED, "; ".join(said), exit_code)
    ended = f"exit code {exit_code}" if exit_code is not None else "no exit code"
    said = [f"the task {arn} was broken off with {ended}: {code}", task.get("stoppedReason", ""), doubt, *why, *log]
    return TaskReport(TaskStatus.BROKEN_OFF, "; ".join(filter(None, said)))


def _doubt(task: Mapping[str, Any], container: str, found: Mapping[str, Any], definition: TaskDefinition | None) -> str:
    """Return why another essential container may have ended the task; empty where none has, as far as one can tell.

    ECS tells all other containers to end once an essential one has, and does not say which one came first. So one that
    ends first with 0, and a process that answers SIGTERM by 0, look like a task that has done its work.
    """
    essential = _essential(definition, task, container)
    others = [each for each in task.get("containers", ()) if each.get("name") in essential]
    failed = [each for each in others if each.get("exitCode") not in {None, 0, *_WHEN_TOLD}]
    if failed:
        ended = ", ".join(f"{each['name']} with exit code {each['exitCode']}" for each in failed)
        return f"it may have been ended by another essential container: {ended}"
    if others and found.get("exitCode") in _WHEN_TOLD and not found.get("reason", "").startswith(_OUT_OF_MEMORY):
        ended = ", ".join(each["name"] for each in others)
        return f"that is how a container ends that is told to, so another essential one may have ended first: {ended}"
    return ""


def _essential(definition: TaskDefinition | None, task: Mapping[str, Any], container: str) -> set[str]:
    """Return which containers end the task besides the one that got the command; all others where nobody knows."""
    described = definition.document["containerDefinitions"] if definition else task.get("containers", ())
    return {each["name"] for each in described if each.get("essential", True)} - {container}
