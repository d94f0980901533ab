"""The task definitions of a target's account and region."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.targets.ecs_service.ecs_errors import ecs_errors
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.task_definition import TaskDefinition, revision_of

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_ecs.type_defs import TagTypeDef

NEWEST = 10
"""How many revisions of a family are looked at. A try that has registered one is followed by the next one soon."""
_UNKNOWN = "Unable to describe task definition"
"""https://github.com/getmoto/moto/pull/5910"""


class TaskDefinitions:
    """Reads and registers task definitions. None is ever deregistered: a service may have to go back to it."""

    def __init__(self, ecs: "ECSClient", target: EcsTarget) -> None:
        self._ecs = ecs
        self._target = target

    def find(self, revision: str) -> TaskDefinition | None:
        """Return a revision, whether ACTIVE or not; None when there is none, or it was deleted."""
        with ecs_errors(self._target):
            try:
                response = self._ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
            except ClientError as error:
                if code_of(error) == "ClientException" and _UNKNOWN in message_of(error):
                    return None
                raise
        return TaskDefinition.of(response)

    def newest(self, family: str) -> Iterator[TaskDefinition]:
        """Yield the newest ACTIVE revisions of a family, the newest first."""
        with ecs_errors(self._target):
            response = self._ecs.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=NEWEST
            )
        found = (self.find(revision_of(each)) for each in response["taskDefinitionArns"])
        yield from (each for each in found if each)

    def register(self, document: Mapping[str, Any], tags: Mapping[str, str]) -> TaskDefinition:
        """Make one more revision of a family. It has tags: ECS refuses an empty list of them."""
        written: list[TagTypeDef] = [{"key": key, "value": value} for key, value in tags.items()]
        with ecs_errors(self._target):
            return TaskDefinition.of(self._ecs.register_task_definition(**document, tags=written))
