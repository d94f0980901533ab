"""The task definitions of ECS in memory: immutable revisions, which others deregister, delete and tag.

Calls that the SDK would not send are refused by the SDK's own model.
"""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.unit.targets.ecs_model import require_valid
from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused

_MOST_TAGS = 50
_ADDED: Answer = {"volumes": [], "placementConstraints": []}
_ADDED_TO_CONTAINERS = {
    "cpu": 0,
    "portMappings": [],
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "volumesFrom": [],
    "systemControls": [],
}
"""What ECS returns though nobody gave it:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html#API_RegisterTaskDefinition_Examples"""


@dataclass
class FakeTaskDefinitions(FakeClient):
    """One account and region."""

    owner: str = "222222222222"
    where: str = "us-east-1"
    definitions: dict[str, Answer] = field(default_factory=dict)
    """By revision: `cowsay:12`, in the order of their numbers. What DescribeTaskDefinition returns."""
    highest: dict[str, int] = field(default_factory=dict)
    """By family: the last number. It never comes back, even of a revision that was deleted."""

    @counted
    def register_task_definition(self, *, tags: list[Answer] | None = None, **document: Any) -> Answer:
        """Make one more revision."""
        require_valid("RegisterTaskDefinition", document | {"tags": tags or []})
        if tags == []:
            raise refused("RegisterTaskDefinition", "ClientException", "Tags can not be empty.")
        _require_tags(tags or [])
        for container in document["containerDefinitions"]:
            _require_unique_names(container)
        family = document["family"]
        self.highest[family] = number = self.highest.get(family, 0) + 1
        revision = f"{family}:{number}"
        self.definitions[revision] = {
            "taskDefinition": self._described(revision, deepcopy(document)),
            "tags": deepcopy(tags or []),
        }
        return deepcopy(self.definitions[revision])

    def _described(self, revision: str, document: Answer) -> Answer:
        for container in document["containerDefinitions"]:
            container |= {name: value for name, value in _ADDED_TO_CONTAINERS.items() if name not in container}
            container["environment"] = container["environment"][::-1]
        return {
            **deepcopy(_ADDED),
            **document,
            "taskDefinitionArn": f"arn:aws:ecs:{self.where}:{self.owner}:task-definition/{revision}",
            "revision": int(revision.rpartition(":")[2]),
            "status": "ACTIVE",
            "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"}],
            "compatibilities": ["EC2", "FARGATE"],
            "registeredAt": 0,
            "registeredBy": f"arn:aws:iam::{self.owner}:role/somebody",
        }

    @counted
    def describe_task_definition(self, *, taskDefinition: str, include: list[str] | None = None) -> Answer:
        """Return a revision, by its name or its ARN."""
        found = self.definitions.get(taskDefinition.rpartition("/")[2])
        if found is None:
            raise refused("DescribeTaskDefinition", "ClientException", "Unable to describe task definition.")
        answer = deepcopy(found)
        return answer if "TAGS" in (include or []) else {"taskDefinition": answer["taskDefinition"]}

    @counted
    def list_task_definitions(
        self, *, familyPrefix: str, status: str = "ACTIVE", sort: str = "ASC", maxResults: int = 100
    ) -> Answer:
        """Return the ARNs of one family's revisions."""
        found = [each["taskDefinition"] for each in self.definitions.values()]
        found = [each for each in found if each["family"] == familyPrefix and each["status"] == status]
        ordered = sorted(found, key=lambda each: int(each["revision"]), reverse=sort == "DESC")
        return {"taskDefinitionArns": [each["taskDefinitionArn"] for each in ordered[:maxResults]]}

    @counted
    def tag_resource(self, *, resourceArn: str, tags: list[Answer]) -> Answer:
        """Add tags to a revision, or give those that it has another value."""
        found = self.definitions[resourceArn.rpartition("/")[2]]
        merged = {each["key"]: each for each in [*found["tags"], *deepcopy(tags)]}
        _require_tags(list(merged.values()))
        found["tags"] = list(merged.values())
        return {}

    def deregister(self, revision: str) -> None:
        """Let somebody make a revision INACTIVE."""
        self.definitions[revision]["taskDefinition"]["status"] = "INACTIVE"

    def delete(self, revision: str) -> None:
        """Let somebody delete a revision for good."""
        del self.definitions[revision]

    def tags_of(self, revision: str) -> dict[str, str]:
        """The tags that a revision has now."""
        return {each["key"]: each["value"] for each in self.definitions[revision]["tags"]}

    def container_of(self, revision: str, name: str) -> Answer:
        """One container of a revision, as it is described."""
        containers = self.definitions[revision]["taskDefinition"]["containerDefinitions"]
        found: Answer = next(each for each in containers if each["name"] == name)
        return found


def _require_tags(tags: list[Answer]) -> None:
    if len(tags) > _MOST_TAGS:
        raise refused("TagResource", "InvalidParameterException", "Number of tags exceeds the limit of 50.")
    if any(each["key"].lower().startswith("aws:") for each in tags):
        raise refused("TagResource", "InvalidParameterException", "aws: prefixed tag key names are not allowed.")


def _require_unique_names(container: Answer) -> None:
    variables = {each["name"] for each in container.get("environment", ())}
    if shared := sorted({each["name"] for each in container.get("secrets", ())} & variables):
        message = (
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            f"container, such as '{shared[0]}'."
        )
        raise refused("RegisterTaskDefinition", "ClientException", message)
