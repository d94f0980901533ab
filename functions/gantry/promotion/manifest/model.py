"""The keys of a manifest, as they are written. Docstrings and descriptions are also what an editor shows."""

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from gantry.promotion import durations
from gantry.promotion.manifest.collection_fields import ListField, MappingField, TrafficField
from gantry.promotion.manifest.content import Architecture, Confirmation, OnExpiry
from gantry.promotion.manifest.field_types import BooleanField, ChoiceField, DurationField, IntegerField
from gantry.promotion.manifest.name_fields import (
    VARIABLE_NAME,
    Account,
    AlarmName,
    Alias,
    Approver,
    Argument,
    EnvironmentName,
    Function,
    Region,
    Repository,
    Role,
    VariableName,
    VariableValue,
)
from gantry.promotion.release import Versioning

HOUR, DAY = 3_600, 86_400
LONGEST_BAKE = 12 * HOUR
"""The longest total bake of a plan."""
LONGEST_ASKING = 60 * DAY
"""How long all environments together may wait for people."""
EXPIRES_AFTER = "72h"
"""How long an answer is waited for when the manifest does not say."""
PEOPLE = "mail addresses or ARNs"


def _plain(schema: dict[str, Any]) -> None:
    """Without pydantic's titles, and without its defaults of null: what is left out needs no value to complete."""
    for each in schema["properties"].values():
        each.pop("title", None)
        if each.get("default", "") is None:
            del each["default"]


class Keys(BaseModel):
    """A mapping whose every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_plain)


class ConfigurationKeys(Keys):
    """What a published version has besides its code. What is not given stays as the function has it."""

    # Memory, time and storage: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    memory_mb: Annotated[int | None, IntegerField(128, 10_240, "MB")] = Field(None, description="Memory in MB.")
    timeout_seconds: Annotated[int | None, IntegerField(1, 900, "seconds")] = Field(
        None, description="The longest time that one invocation may take, in seconds."
    )
    ephemeral_storage_mb: Annotated[int | None, IntegerField(512, 10_240, "MB")] = Field(
        None, description="The size of the function's own /tmp in MB."
    )
    environment: Annotated[dict[VariableName, VariableValue], MappingField(VARIABLE_NAME)] = Field(
        default_factory=dict,
        description="Environment variables, at most 4 KB together. They replace all that the function has.",
    )
    command: Annotated[list[Argument], ListField("the command's arguments", most=1_500)] = Field(
        default_factory=list, description="Overrides the image's CMD; an empty list is the image's own."
    )


class ApprovalKeys(Keys):
    """Who is asked before an environment is deployed to."""

    approvers: Annotated[list[Approver], ListField(PEOPLE, least=1, most=20, unique=True)] = Field(
        default_factory=list,
        description="Mail addresses, which get a link of their own each, and ARNs of IAM roles or users, which get no "
        "mail and answer through the API.",
    )
    quorum: Annotated[int, IntegerField(1, 20)] = Field(
        1, description="How many approvers have to approve, 1 when not given; one rejection ends it."
    )
    expires_after: Annotated[int, DurationField(60, 30 * DAY, EXPIRES_AFTER)] = Field(
        durations.seconds(EXPIRES_AFTER),
        description=f"How long an answer is waited for, 1m to 30d; {EXPIRES_AFTER} when not given.",
        json_schema_extra={"default": EXPIRES_AFTER},
    )
    on_expiry: Annotated[OnExpiry, ChoiceField(get_args(OnExpiry))] = Field(
        "reject", description="What no answer in time means: reject, so that nothing is deployed."
    )
    reminder_after: Annotated[int, DurationField(60, 30 * DAY, "24h")] | None = Field(
        None,
        description="When those who have not answered are reminded, once, like 24h; less than expires_after. null is "
        "never.",
    )
    escalate_to: Annotated[list[Approver], ListField(PEOPLE, most=20, unique=True)] = Field(
        default_factory=list,
        description="Who may answer too once escalate_after is over: mail addresses and ARNs that are not among the "
        "approvers; an empty list is nobody.",
    )
    escalate_after: Annotated[int, DurationField(60, 30 * DAY, "48h")] | None = Field(
        None,
        description="When escalate_to is asked as well, like 48h; less than expires_after. null, with an empty "
        "escalate_to, is never.",
    )
    self_approval: Annotated[bool, BooleanField()] = Field(
        False,
        description="Whether those who pushed the image or started the promotion may approve it; false when not given.",
    )
    confirm: Annotated[Confirmation, ChoiceField(get_args(Confirmation))] | None = Field(
        None,
        description="What has to be typed on the page beside the decision: type-the-environment is the environment's "
        "name. null is nothing.",
    )


class StepKeys(Keys):
    """One share of the traffic, and how long it is watched."""

    weight: Annotated[
        int,
        IntegerField(
            1,
            99,
            "per cent",
            instead={100: "100 is not a step; leave it out: after the last step all traffic goes to the new version"},
        ),
    ] = Field(description="The new version's share in per cent, 1 to 99, more than in the step before.")
    bake: Annotated[int, DurationField(5, LONGEST_BAKE, "10m")] = Field(
        description="The time this share is watched, like 90s, 10m or 1h; at least 5s, all steps together at most 12h."
    )


class TargetKeys(Keys):
    """Where an environment's release runs: one alias of one function."""

    account: Account = Field(description='The account\'s 12 digits, in quotes: "222222222222".')
    region: Region = Field(description="The region, like us-east-1.")
    function: Function = Field(description="The function's name.")
    alias: Alias = Field(description="The alias that callers use, like live.")
    role: Role = Field(
        None,
        description="The ARN of the version's execution role, in the same account. With it, the pipeline creates the "
        "function and the alias on the first deployment.",
    )


class SharedKeys(Keys):
    """What may stand at the top for every environment, and in an environment for itself."""

    configuration: ConfigurationKeys = Field(
        default_factory=ConfigurationKeys, description="Memory, timeout, variables and command; merged key by key."
    )
    alarms: Annotated[list[AlarmName], ListField("alarms' names", most=20, unique=True)] = Field(
        default_factory=list,
        description="Names of CloudWatch alarms in the target's account and region. One that changes to ALARM during "
        "the deployment takes the release back.",
    )
    traffic: Annotated[list[StepKeys], TrafficField()] = Field(
        default_factory=list,
        description="The name of a preset, or a list of steps; AllAtOnce when not given.",
        json_schema_extra={"default": "AllAtOnce"},
    )
    approval: ApprovalKeys | None = Field(
        None, description="Who is asked first; merged key by key, and null in an environment asks nobody there."
    )
    minimum_requests: Annotated[int, IntegerField(1, 1_000_000)] = Field(
        1, description="Fewer requests than this during a bake are too few to judge the new version by."
    )


class EnvironmentKeys(SharedKeys):
    """One environment. The order of environments is the order of promotion."""

    name: EnvironmentName = Field(description="The environment's name, like dev.")
    targets: Annotated[list[TargetKeys], ListField("targets", least=1, most=40)] = Field(
        description="The targets, at least one {account, region, function, alias}; one is deployed to after the other."
    )


class ManifestKeys(SharedKeys):
    """How one service's images are carried through its environments."""

    model_config = ConfigDict(title="Gantry manifest")

    repository: Repository = Field(
        description="The ECR repository in the assets account; the manifest is services/<repository>.yaml."
    )
    versioning: Annotated[Versioning, ChoiceField(get_args(Versioning))] = Field(
        description="The kind of tags that are promoted: git-sha (7 to 40 hex digits) or semver (1.4.0, v1.4.0-rc.1)."
    )
    architecture: Annotated[Architecture, ChoiceField(get_args(Architecture))] = Field(
        "x86_64", description="What the service's functions run on: x86_64 when not given, or arm64."
    )
    environments: Annotated[list[EnvironmentKeys], ListField("environments", least=1, most=20)] = Field(
        description="The environments, in the order of promotion."
    )
