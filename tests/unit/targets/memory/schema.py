"""What a manifest may say of the kind `memory`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.collection_fields import MappingField
from gantry.promotion.manifest.field_types import BooleanField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.reference_field import ReferenceField
from gantry.promotion.manifest.target_schema import SharedDraft, TargetKeys, TargetSchema
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.targets.capabilities import Capabilities

NAME = "memory"
CAPABILITIES = Capabilities(
    splits_traffic=True,
    compare_and_set=False,
    can_create=True,
    counts_requests=True,
    can_be_invoked=True,
    runs_tasks=True,
)

_NAME = StringField("a name", "give lower-case letters, digits and hyphens", pattern=r"^[a-z0-9-]{1,64}$")
_SETTING = StringField("a setting's name", "give capital letters and _", pattern=r"^[A-Z_]{1,64}$")
Name = Annotated[str, _NAME]
Setting = Annotated[str, _SETTING]
Value = Annotated[str, ReferenceField(StringField("a setting's value", "give text in quotes", secret=True))]


class MemoryTargetKeys(TargetKeys):
    """One target of the service in memory."""

    pool: Name = Field(description="The pool that it belongs to.")
    name: Name = Field(description="Its name there.")
    create: Annotated[bool, BooleanField()] = Field(False, description="Whether a first deployment may create it.")


class MemoryConfigurationKeys(Keys):
    """What a revision has besides its artifact."""

    settings: Annotated[dict[Setting, Value], MappingField(_SETTING)] = Field(
        default_factory=dict, description="They replace all that the revision before has; without them, those stay."
    )


class MemorySchema:
    """The kind `memory`, as `TargetSchema` asks for it."""

    kind = NAME
    is_default = False
    splits_traffic = CAPABILITIES.splits_traffic
    counts_requests = CAPABILITIES.counts_requests
    can_be_invoked = CAPABILITIES.can_be_invoked
    runs_tasks = CAPABILITIES.runs_tasks
    shifts_itself = CAPABILITIES.shifts_itself
    runs_code = True
    artifacts = frozenset({ArtifactKind.CONTAINER_IMAGE})
    reads_own_region = True
    target_keys: type[TargetKeys] = MemoryTargetKeys
    configuration_keys: type[Keys] = MemoryConfigurationKeys

    def target(self, keys: Mapping[str, Any]) -> Target:
        given = MemoryTargetKeys.model_validate(keys)
        return Target(
            kind=NAME,
            account=given.account,
            region=given.region,
            name=f"{NAME}/{given.pool}/{given.name}",
            arn=f"arn:aws:{NAME}:{given.region}:{given.account}:{given.pool}/{given.name}",
            options={"create": "true"} if given.create else {},
        )

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        return MemoryConfigurationKeys.model_validate(keys).model_dump(exclude_unset=True)

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft | None:
        """Return None: a revision is registered with all of its settings, so there is no draft."""

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return None: the service says nothing about it."""

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        yield from ()

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        yield from ()

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return no key at all when no settings are given, and `{"settings": "none"}` when none are wanted."""
        if "settings" not in configuration:
            return {}
        return masked(configuration["settings"], masking)


def masked(settings: Mapping[str, str], masking: Masking) -> dict[str, str]:
    """Return settings as people may see them."""
    return {f"settings.{name}": masking.value(name, value) for name, value in settings.items()} or {"settings": "none"}


SCHEMA: TargetSchema = MemorySchema()
