"""The keys of a manifest, as they are written. Docstrings and descriptions are also what an editor shows.

What a target's keys and the keys of `configuration` are is left to the kinds of target.
"""

from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field

from gantry.promotion import durations
from gantry.promotion.manifest.artifact_keys import ArtifactKeys
from gantry.promotion.manifest.check_keys import CheckedKeys
from gantry.promotion.manifest.collection_fields import ListField, TrafficField
from gantry.promotion.manifest.content import Confirmation, OnExpiry
from gantry.promotion.manifest.drift_keys import DriftKeys
from gantry.promotion.manifest.field_types import BooleanField, ChoiceField, DurationField, IntegerField
from gantry.promotion.manifest.judge_keys import LONGEST_WATCH, JudgeKeys
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.name_fields import AlarmName, Approver, EnvironmentName, Repository
from gantry.promotion.manifest.need_keys import NeededKeys
from gantry.promotion.manifest.versioning_keys import VersioningField, VersioningKeys
from gantry.promotion.manifest.wave_keys import WaveKeys
from gantry.promotion.manifest.write_back_keys import WriteBackKeys
from gantry.promotion.release import Architecture
from gantry.promotion.waves import MOST_SIDE_BY_SIDE

HOUR, DAY = 3_600, 86_400
LONGEST_BAKE = LONGEST_WATCH
"""Seconds that all bakes of a plan may take together."""
LONGEST_APPROVAL = 60 * DAY
"""Seconds that the approvals of all environments may take together."""
EXPIRES_AFTER = "72h"
"""How long an approval may take when the manifest does not say."""
PEOPLE = "mail addresses or ARNs"
DESCRIBED_VERSIONING = (
    "the tags that are promoted: git-sha (7 to 40 hex digits, also with sha- before them), semver (1.4.0, "
    "v1.4.0-rc.1), {semver: {prereleases: false}}, or a pattern of your own like {pattern: 'release-[0-9]+'}"
)


class ApprovalKeys(Keys):
    """Who has to approve a deployment to an environment, and how."""

    approvers: Annotated[list[Approver], ListField(PEOPLE, minimum=1, maximum=20, unique=True)] = Field(
        default_factory=list,
        description="Mail addresses, which get a link of their own each, and ARNs of IAM roles or users, which get no "
        "mail and answer through the API.",
    )
    quorum: Annotated[int, IntegerField(1, 20)] = Field(
        1, description="How many approvers have to approve, 1 when not given. One rejection ends it."
    )
    expires_after: Annotated[int, DurationField(60, 30 * DAY, EXPIRES_AFTER)] = Field(
        durations.seconds(EXPIRES_AFTER),
        description=f"How long the approvers have to answer, 1m to 30d; {EXPIRES_AFTER} when not given.",
        json_schema_extra={"default": EXPIRES_AFTER},
    )
    on_expiry: Annotated[OnExpiry, ChoiceField(get_args(OnExpiry))] = Field(
        "reject", description="What happens when too few have answered in time: reject, so that nothing is deployed."
    )
    reminder_after: Annotated[int, DurationField(60, 30 * DAY, "24h")] | None = Field(
        None,
        description="When approvers who have not answered are reminded, once, like 24h; less than expires_after. null "
        "is never.",
    )
    escalate_to: Annotated[list[Approver], ListField(PEOPLE, maximum=20, unique=True)] = Field(
        default_factory=list,
        description="Who may answer as well after escalate_after: mail addresses and ARNs that are not among the "
        "approvers; an empty list is nobody.",
    )
    escalate_after: Annotated[int, DurationField(60, 30 * DAY, "48h")] | None = Field(
        None,
        description="When escalate_to is asked as well, like 48h; less than expires_after. null, with an empty "
        "escalate_to, is never.",
    )
    self_approval: Annotated[bool, BooleanField()] = Field(
        False,
        description="Whether the people who pushed the image or started the promotion may approve it; false when not "
        "given.",
    )
    confirm: Annotated[Confirmation, ChoiceField(get_args(Confirmation))] | None = Field(
        None,
        description="What has to be typed on the page with the decision: type-the-environment is the environment's "
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
            hints={100: "100 is not a step; leave it out: after the last step all traffic goes to the new version"},
        ),
    ] = Field(description="The new version's share in per cent, 1 to 99, more than in the step before.")
    bake: Annotated[int, DurationField(5, LONGEST_BAKE, "10m")] = Field(
        description="The time this share is watched, like 90s, 10m or 1h; at least 5s, all steps together at most 12h."
    )


class ReleaseKeys(Keys):
    """What a release configures, what carries it, and who approves it."""

    configuration: Any = Field(
        default_factory=dict,
        description="What a release configures besides its code; merged key by key. Its keys depend on the targets' "
        "kinds.",
    )
    alarms: Annotated[list[AlarmName], ListField("names of alarms", maximum=20, unique=True)] = Field(
        default_factory=list,
        description="Names of CloudWatch alarms in the target's account and region. One that changes to ALARM during "
        "the deployment rolls the release back.",
    )
    traffic: Annotated[list[StepKeys], TrafficField()] = Field(
        default_factory=list,
        description="The name of a preset, or a list of steps; AllAtOnce when not given.",
        json_schema_extra={"default": "AllAtOnce"},
    )
    approval: ApprovalKeys | None = Field(
        None, description="Who has to approve first; merged key by key. null in an environment asks nobody there."
    )


class SharedKeys(NeededKeys, WaveKeys, CheckedKeys, JudgeKeys, ReleaseKeys):
    """What may stand at the top for every environment, and in an environment for that one alone."""


class EnvironmentKeys(SharedKeys):
    """One environment. The order of environments is the order of promotion."""

    name: EnvironmentName = Field(description="The environment's name, like dev.")
    targets: Annotated[list[Any], ListField("targets", minimum=1, maximum=MOST_SIDE_BY_SIDE)] = Field(
        description="The targets, at least one, each with its account and region."
    )


class ManifestKeys(SharedKeys):
    """How one service's releases are promoted through its environments."""

    model_config = ConfigDict(title="Gantry manifest")

    repository: Repository = Field(
        default_factory=str,
        description="The ECR repository in the assets account, whose images are the releases; the manifest is "
        "services/<repository>.yaml. Give this or artifact.",
    )
    artifact: ArtifactKeys | None = Field(
        None,
        description="The object in S3 whose versions are the releases; the manifest is "
        "services/s3/<bucket>/<key>.yaml. Give this or repository.",
    )
    versioning: Annotated[VersioningKeys, VersioningField()] = Field(
        default_factory=VersioningKeys,
        description=f"{DESCRIBED_VERSIONING[0].upper()}{DESCRIBED_VERSIONING[1:]}. Only with repository.",
    )
    architecture: Annotated[Architecture, ChoiceField(get_args(Architecture))] = Field(
        "x86_64", description="What the service's code is built for: x86_64 when not given, or arm64."
    )
    environments: Annotated[list[EnvironmentKeys], ListField("environments", minimum=1, maximum=20)] = Field(
        description="The environments, in the order of promotion."
    )
    drift: DriftKeys = Field(
        default_factory=DriftKeys, description="What others may change on the targets; nothing when not given."
    )
    write_back: WriteBackKeys | None = Field(
        None, description="Which files in Git show what is live; nothing is written when not given."
    )
