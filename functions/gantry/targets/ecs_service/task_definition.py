"""One revision of a task definition: what it has, and what is made of it for a release."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from gantry.promotion.masking import Masking
from gantry.targets.ecs_service.container_settings import ContainerSettings

ACTIVE = "ACTIVE"
TAG_PREFIX = "gantry:"
"""What the keys of Gantry's own tags begin with."""
_READ_ONLY = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "deleteRequestedAt",
    }
)
"""What DescribeTaskDefinition says and RegisterTaskDefinition does not take. All else is kept, known here or not."""
_RESERVED_PREFIX = "aws:"
"""What the keys of AWS' own tags begin with. Nobody else may give them, and CloudFormation does:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions"""
_DIGEST = re.compile(r".*@(sha256:[0-9a-f]{64})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """What DescribeTaskDefinition returns."""

    revision: str
    """Its name without what all others of the account have in their ARNs too: `cowsay:12`."""
    document: Mapping[str, Any] = field(repr=False)
    """What RegisterTaskDefinition takes, without tags. Not in the repr: values may be secrets."""
    status: str = ACTIVE
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> "TaskDefinition":
        """Return what a response of DescribeTaskDefinition or RegisterTaskDefinition describes."""
        found = response["taskDefinition"]
        return cls(
            revision_of(found["taskDefinitionArn"]),
            {name: value for name, value in found.items() if name not in _READ_ONLY},
            found.get("status", ACTIVE),
            {each["key"]: each.get("value", "") for each in response.get("tags") or ()},
        )

    @property
    def family(self) -> str:
        """What all revisions of it have in common: `cowsay`."""
        return self.revision.rpartition(":")[0]

    @property
    def is_active(self) -> bool:
        """Whether a service may be sent to it. Nobody has deregistered it then."""
        return self.status == ACTIVE

    @property
    def own_tags(self) -> dict[str, str]:
        """The tags that its owners gave it. ECS copies none to the next revision."""
        prefixes = (TAG_PREFIX, _RESERVED_PREFIX)
        return {key: value for key, value in self.tags.items() if not key.lower().startswith(prefixes)}

    @property
    def containers(self) -> tuple[str, ...]:
        """The names of its containers, in their order."""
        return tuple(each["name"] for each in self.document["containerDefinitions"])

    def image(self, container: str) -> str | None:
        """Return what a container runs, as it is written; None when there is no such container."""
        found = self.container(container)
        return found["image"] if found else None

    def digest(self, container: str) -> str | None:
        """Return the digest in a container's image; None where a tag names it, or there is no such container."""
        match = _DIGEST.fullmatch(self.image(container) or "")
        return match[1] if match else None

    def settings(self, container: str) -> ContainerSettings | None:
        """Return what a container has, and the task; None when there is no such container."""
        found = self.container(container)
        return ContainerSettings.of(self.document, found) if found else None

    def masked(self, container: str, masking: Masking) -> dict[str, str]:
        """Return a container's settings as people may see them, with its name; nothing when there is no such one."""
        found = self.settings(container)
        return {"container": container, **found.masked(masking)} if found else {}

    def with_release(self, container: str, image: str, settings: ContainerSettings) -> dict[str, Any]:
        """Return the document with another image and other settings in one container. All else stays as it is.

        An image that has the digest already stays too, wherever it is pulled from.
        """
        wanted = {**deepcopy(dict(self.document)), **settings.of_task()}
        has_it = (match := _DIGEST.fullmatch(image)) and match[1] == self.digest(container)
        changes = {**settings.of_container(), **({} if has_it else {"image": image})}
        wanted["containerDefinitions"] = [
            {**each, **changes} if each["name"] == container else each for each in wanted["containerDefinitions"]
        ]
        return wanted

    def container(self, name: str) -> Mapping[str, Any] | None:
        """Return one of its containers; None when there is no such one."""
        return next((each for each in self.document["containerDefinitions"] if each["name"] == name), None)


def revision_of(arn: str) -> str:
    """Return the revision that an ARN of a task definition names: `cowsay:12`. Such a name stays as it is."""
    return arn.rpartition("/")[2]


def is_revision(name: str) -> bool:
    """Whether it names one revision of a task definition. A family alone is whichever is its newest."""
    return re.fullmatch(r"[a-zA-Z0-9_-]{1,255}:[1-9][0-9]{0,9}", name) is not None
