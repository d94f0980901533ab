"""The keys of the policy file, as they are written. Docstrings and descriptions are also what an editor shows."""

from typing import Annotated

from pydantic import ConfigDict, Field

from gantry.promotion.manifest.collection_fields import ListField
from gantry.promotion.manifest.field_types import BooleanField, ChoiceField, DurationField, IntegerField, StringField
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.model import LONGEST_BAKE
from gantry.promotion.manifest.name_fields import Account, AllowedApprover
from gantry.promotion.waves import MOST_SIDE_BY_SIDE

RuleName = Annotated[
    str,
    StringField(
        "a rule's name",
        "give letters, digits, spaces, - and _, 64 at most",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9 _-]{0,63}$",
    ),
]
ServicePattern = Annotated[
    str,
    StringField(
        "a service's name, or the beginning of names and a *",
        "give one like cowsay, team/* or s3/acme-artifacts/glue/*",
        pattern=r"^([a-z0-9][a-z0-9._/-]{0,255}\*?|s3/[a-z0-9.-]{3,63}/[a-zA-Z0-9._=+@/-]{0,256}\*?|\*)$",
    ),
]
RegionPattern = Annotated[
    str,
    StringField("a region, or *", "give one like us-east-1, or * for every region", pattern=r"^([a-z0-9-]{5,30}|\*)$"),
]
NamePattern = Annotated[
    str,
    StringField(
        "a target's name, or the beginning of names and a *",
        "give one like orders-*, s3/acme-prod/glue/* or apigateway/a1b2c3d4e5/*",
        pattern=r"^[a-zA-Z0-9_][a-zA-Z0-9_./:=+@-]{0,339}\*?$",
    ),
]
RolePattern = Annotated[
    str,
    StringField(
        "a role's name with its path, or the beginning of such names and a *",
        "give one like lambda/orders-*, without a slash before it",
        pattern=r"^[\w+=,.@-][\w+=,.@/-]{0,575}\*?$",
    ),
]
EnvironmentPattern = Annotated[
    str,
    StringField(
        "an environment's name, or the beginning of names and a *",
        "give one like prod or prod-*",
        pattern=r"^([a-z][a-z0-9-]{0,31}\*?|\*)$",
    ),
]
_MOST = 100
"""Items in one list of a rule. Somebody has to be able to read it."""


class BindingKeys(Keys):
    """Which targets some services may deploy to. Whatever no binding names is refused."""

    rule: RuleName = Field(description="The rule's name, which refusals quote.")
    services: Annotated[list[ServicePattern], ListField("names of services", minimum=1, maximum=_MOST)] = Field(
        description="Repositories, or s3/<bucket>/<key> of objects, or the beginnings of such names and a *."
    )
    kind: Annotated[str, StringField("a kind of target", "name one", pattern="^[a-z0-9-]{1,32}$")] | None = Field(
        None, description="The kind of the targets; lambda when not given."
    )
    accounts: Annotated[list[Account], ListField("accounts", minimum=1, maximum=_MOST)] = Field(
        description="The accounts of the targets, in quotes."
    )
    regions: Annotated[list[RegionPattern], ListField("regions", minimum=1, maximum=_MOST)] = Field(
        description="The regions of the targets, or * for all."
    )
    targets: Annotated[list[NamePattern], ListField("names of targets", minimum=1, maximum=_MOST)] = Field(
        description="The targets' names, or the beginnings of their names and a *."
    )
    roles: Annotated[list[RolePattern], ListField("roles", maximum=_MOST)] = Field(
        default_factory=list,
        description="The roles that manifests may give to the targets, with their path; none when not given.",
    )
    takes_over_from: Annotated[list[ServicePattern], ListField("names of services", maximum=_MOST)] = Field(
        default_factory=list,
        description="Services whose live targets these services may replace, after a repository was renamed.",
    )


class FloorKeys(Keys):
    """The least that protects some environments, whatever their manifests say."""

    rule: RuleName = Field(description="The rule's name, which refusals quote.")
    environments: Annotated[list[EnvironmentPattern], ListField("environments", maximum=_MOST)] = Field(
        default_factory=list, description="Environments by their names. Give this or accounts, or both."
    )
    accounts: Annotated[list[Account], ListField("accounts", maximum=_MOST)] = Field(
        default_factory=list,
        description="Environments with a target in one of these accounts, whatever they are called.",
    )
    services: Annotated[list[ServicePattern], ListField("names of services", minimum=1, maximum=_MOST)] = Field(
        default_factory=lambda: ["*"], description="Whose environments; everybody's when not given."
    )
    minimum_quorum: Annotated[int, IntegerField(0, 20)] = Field(
        0, description="How many people have to approve, at least; 0 when not given, which needs no approval."
    )
    allowed_approvers: Annotated[list[AllowedApprover], ListField("approvers", minimum=1, maximum=_MOST)] | None = (
        Field(
            None,
            description="Who may approve: mail addresses, domains like *@example.com, ARNs; everybody when not given.",
        )
    )
    self_approval: Annotated[bool, BooleanField()] = Field(
        True, description="Whether a manifest may let people approve their own release; true when not given."
    )
    minimum_bake: Annotated[int, DurationField(5, LONGEST_BAKE, "10m")] | None = Field(
        None,
        description="How long a canary has to be watched, all steps together; none is needed when not given.",
    )
    requires_alarms: Annotated[bool, BooleanField()] = Field(
        False, description="Whether at least one alarm has to watch a deployment; false when not given."
    )
    requires_judge: Annotated[bool, BooleanField()] = Field(
        False,
        description="Whether evidence has to decide about a canary, so that AllAtOnce, judge: observe and "
        "on_inconclusive: promote are refused; false when not given.",
    )
    most_targets_at_once: Annotated[int, IntegerField(1, MOST_SIDE_BY_SIDE)] = Field(
        MOST_SIDE_BY_SIDE, description="How many targets one wave may have at most; 40 when not given."
    )
    may_skip_environments: Annotated[bool, BooleanField()] = Field(
        True,
        description="Whether a promotion may leave out environments that come before in the manifest; true when not "
        "given.",
    )
    may_restore_drift: Annotated[bool, BooleanField()] = Field(
        True,
        description="Whether a manifest may let Gantry restore what others have changed; true when not given.",
    )


class PolicyKeys(Keys):
    """What the administrators of the pipeline allow."""

    model_config = ConfigDict(title="Gantry policy")

    bindings: Annotated[list[BindingKeys], ListField("bindings", maximum=500)] | None = Field(
        None,
        description="Which service may deploy where. Without this key, each service has only what is called as it is.",
    )
    floors: Annotated[list[FloorKeys], ListField("floors", maximum=_MOST)] = Field(
        default_factory=list, description="The least that protects an environment."
    )
    unverified_starts: Annotated[str, ChoiceField(("allowed", "forbidden"))] = Field(
        "allowed",
        description="Whether people may start the promotion machine itself, where nothing proves who they are; allowed "
        "when not given.",
    )
