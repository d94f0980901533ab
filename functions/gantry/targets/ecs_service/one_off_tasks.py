"""One run of a task definition with a command, beside the service: a migration before any traffic."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import CheckPendingError, CheckUnavailableError, TargetNotFoundError
from gantry.targets.ecs_service.ecs_errors import RATE, ecs_errors
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.ended_task import ended_task
from gantry.targets.ecs_service.task_definition import revision_of
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.ecs_service.task_request import task_request
from gantry.targets.task_runner import TaskCommand, TaskReport, TaskStatus

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient

_STOPPED = {"STOPPED", "DELETED"}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html"""
_IMPOSSIBLE = {
    "BlockedException",
    "ClientException",
    "InvalidParameterException",
    "PlatformTaskDefinitionIncompatibilityException",
    "PlatformUnknownException",
    "UnsupportedFeatureException",
}
"""What says that there will be no task, whoever asks again."""
_NO_ROOM = ("AGENT", "Capacity is unavailable", "RESOURCE")
"""How the failures begin that pass once other tasks have ended, or instances have come.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
https://repost.aws/knowledge-center/ecs-fargate-runtask-capacity"""


class OneOffTasks:
    """The tasks that the pipeline itself runs in a service's cluster."""

    def __init__(self, ecs: "ECSClient", target: EcsTarget) -> None:
        self._ecs = ecs
        self._target = target
        self._definitions = TaskDefinitions(ecs, target)

    def begin(self, revision: str, command: TaskCommand, name: str) -> str:
        """Start a task of a revision, and return its ARN. The same name is the same task, for as long as ECS knows it.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html

        Raises:
            CheckUnavailableError: it cannot be started: no such container, or what ECS says.
            CheckPendingError: there is no room for it just now.
            TargetNotFoundError: there is no such service.
        """
        given = replace(command, container=self._container(command))
        self._require_ends_with(revision, given.container)
        request = task_request(self._target, self._service(), revision, given, name)
        with ecs_errors(self._target):
            try:
                response = self._ecs.run_task(**request)
            except ClientError as error:
                return self._known(error)
        if response["tasks"]:
            return response["tasks"][0]["taskArn"]
        passes = any(each.get("reason", "").startswith(_NO_ROOM) for each in response["failures"])
        why = f"ECS has started no task: {_reasons(response['failures'])}"
        raise CheckPendingError(why) if passes else CheckUnavailableError(why)

    def look(self, task: str, command: TaskCommand) -> TaskReport:
        """Return what a task says by now. Of one that was just started, ECS may not know yet."""
        with ecs_errors(self._target):
            found = self._ecs.describe_tasks(cluster=self._target.cluster, tasks=[task])
        if not found["tasks"]:
            return TaskReport(TaskStatus.NOT_SHOWN, f"ECS does not show the task {task}: {_reasons(found['failures'])}")
        (seen,) = found["tasks"]
        if seen["lastStatus"] not in _STOPPED:
            stop = f"aws ecs stop-task --region {self._target.region} --cluster {self._target.cluster} --task {task}"
            return TaskReport(
                TaskStatus.RUNNING, f"the task {task} is {seen['lastStatus']}", to_stop=f"to stop it: {stop}"
            )
        definition = self._definitions.find(revision_of(seen["taskDefinitionArn"]))
        return ended_task(seen, self._container(command), definition, self._target.region)

    def _container(self, command: TaskCommand) -> str:
        return command.container or self._target.container

    def _require_ends_with(self, revision: str, container: str) -> None:
        """ECS ends a task when one of its essential containers ends:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"""
        definition = self._definitions.find(revision)
        if definition is None:
            raise CheckUnavailableError(f"there is no task definition {revision} any more")
        found = definition.container(container)
        if found is None:
            named = ", ".join(definition.containers)
            raise CheckUnavailableError(f"{revision} has no container {container}; give one of {named}")
        if not found.get("essential", True):
            message = f"the container {container} of {revision} is not essential, so the task would not end with it"
            raise CheckUnavailableError(f"{message}; make it essential, or give another one")

    def _service(self) -> Mapping[str, Any]:
        with ecs_errors(self._target):
            found = self._ecs.describe_services(cluster=self._target.cluster, services=[self._target.service])
        if not found["services"]:
            raise TargetNotFoundError(f"{self._target.id}: there is no such service")
        return found["services"][0]

    def _known(self, error: ClientError) -> str:
        """Return the task that was started under this name before the service was changed. Anything else raises."""
        if code_of(error) in _IMPOSSIBLE and RATE not in message_of(error):
            raise CheckUnavailableError(f"ECS starts no task: {message_of(error)}") from error
        response: Mapping[str, Any] = cast(
            "Mapping[str, Any]", error.response
        )  # the SDK adds what an error's model has
        if code_of(error) != "ConflictException" or not response.get("resourceIds"):
            raise error
        return str(response["resourceIds"][0])


def _reasons(failures: Iterable[Mapping[str, Any]]) -> str:
    """Return why ECS did not do as it was told, each reason once: it may give one for each container instance.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
    """
    found = dict.fromkeys(": ".join(filter(None, (each.get("reason"), each.get("detail")))) for each in failures)
    return "; ".join(filter(None, found)) or "it gives no reason"
