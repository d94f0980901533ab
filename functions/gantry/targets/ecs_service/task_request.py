"""What RunTask is asked for, so that a task runs where those of the service do."""

from collections.abc import Mapping
from typing import Any

from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.task_runner import TaskCommand

_AS_THE_SERVICE = ("networkConfiguration", "platformVersion", "placementConstraints", "placementStrategy")


def task_request(
    target: EcsTarget, service: Mapping[str, Any], revision: str, command: TaskCommand, name: str
) -> dict[str, Any]:
    """Return the arguments of RunTask.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html

    It has no tags, because these need a right of their own: `startedBy` says whose it is. It belongs to no service, so
    no load balancer sends it requests.

    Args:
        target: where it runs.
        service: the target's, as DescribeServices returns it.
        revision: what it runs.
        command: the command, with the container that gets it.
        name: the same for every try, 64 characters at most.
    """
    return {
        "cluster": target.cluster,
        "taskDefinition": target.task_definition_arn(revision),
        "count": 1,
        "clientToken": name,
        "startedBy": f"gantry/{name[:24]}",
        "overrides": {"containerOverrides": [{"name": command.container, "command": [*command.arguments]}]},
        **{key: service[key] for key in _AS_THE_SERVICE if service.get(key)},
        **_capacity(service),
    }


def _capacity(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service has either of the two. One with neither uses what its cluster does by default."""
    if strategy := service.get("capacityProviderStrategy"):
        return {"capacityProviderStrategy": strategy}
    return {"launchType": service["launchType"]} if service.get("launchType") else {}
