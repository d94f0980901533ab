"""What a valid manifest says, with everything that environments share written out.

It is apart from the reader, so that code which only handles the content imports neither YAML nor pydantic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.checks import NO_CHECKS, Checks
from gantry.promotion.drift.ignored_drift import NOTHING_IGNORED, IgnoredDrift
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.needs.need import DEFAULT_WITHIN, Need
from gantry.promotion.release import Architecture
from gantry.promotion.service_name import service_of
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan
from gantry.promotion.versioning import Versioning
from gantry.promotion.waves import DEFAULT_WAVES, Wave, Waves, waves_of
from gantry.promotion.write_back.settings import WriteBack

OnExpiry = Literal["reject"]
Confirmation = Literal["type-the-environment"]
OnFailure = Literal["stop", "roll_back_environment"]
"""What becomes of an environment's targets when one of them fails. In either case no further wave begins."""


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """Who has to approve a deployment to an environment, how many of them, and how long that may take."""

    approvers: tuple[str, ...]
    """Mail addresses, and ARNs of IAM roles or users, which get no mail and answer through the API."""
    expires_after_seconds: int
    quorum: int = 1
    """How many of them have to approve. One rejection ends it."""
    reminder_after_seconds: int | None = None
    """When approvers who have not answered are reminded, once."""
    escalate_to: tuple[str, ...] = ()
    """Who may answer as well from `escalate_after_seconds` on: mail addresses and ARNs, like the approvers."""
    escalate_after_seconds: int | None = None
    on_expiry: OnExpiry = "reject"
    self_approval: bool = False
    """Whether whoever pushed the artifact or started the promotion may approve it."""
    confirm: Confirmation | None = None
    """What has to be typed on the page with the decision."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment, including what it shares with others."""

    name: str
    targets: tuple[Target, ...]
    approval: ApprovalPolicy | None
    """None: nobody is asked."""
    plan: Plan
    alarms: tuple[str, ...]
    configuration: Mapping[str, Any] = field(repr=False)
    """What the manifest configures here, by its keys. Each target's kind takes the keys that it knows.

    Not in the repr: values may be secrets.
    """
    judge: JudgeSettings
    checks: Checks = field(default=NO_CHECKS, kw_only=True)
    """What is checked of a new revision beside what its users see."""
    waves: Waves = field(default=DEFAULT_WAVES, kw_only=True)
    """How many targets are deployed to side by side."""
    on_failure: OnFailure = field(default="stop", kw_only=True)
    """`stop` rolls back those of the failed target's wave that are not complete; `roll_back_environment` takes every
    target back to what it had."""
    sharing_drafts: tuple[tuple[int, ...], ...] = field(default=(), kw_only=True)
    """Groups of targets, by index, that are prepared in the same draft. No two of a group are in one wave."""

    needs: tuple[Need, ...] = field(default=(), kw_only=True)
    """What has to be in each target's account and region before a release comes there."""
    needs_within_seconds: int = field(default=DEFAULT_WITHIN, kw_only=True)
    """How long a promotion waits for all of them."""

    @property
    def in_waves(self) -> tuple[Wave, ...]:
        """The targets' indices, wave by wave."""
        return waves_of(self.targets, self.waves, self.sharing_drafts)


@dataclass(frozen=True, slots=True)
class ArtifactSource:
    """Where the releases of a service come from."""

    kind: ArtifactKind
    location: str
    """As `Artifact.location` has it: a repository's name, or `<bucket>/<key>`."""
    copies: Mapping[str, str] = field(default_factory=dict, hash=False)
    """As `Artifact.copies` has it: the buckets of other regions, by region."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A valid manifest."""

    source: ArtifactSource
    versioning: Versioning | None
    """Which tags are releases; None where each version of an object is one."""
    architecture: Architecture
    """What the service's code is built for. It means nothing where no target runs code."""
    environments: tuple[Environment, ...]
    ignored_drift: IgnoredDrift = NOTHING_IGNORED
    """What others may change on the targets."""
    restores_drift: bool = False
    """Whether Gantry restores targets that others have changed, by deployments like any other."""
    write_back: WriteBack | None = None
    """Which files in Git show what is live; None when none does."""

    @property
    def service(self) -> str:
        """The service's name."""
        return service_of(self.source.kind, self.source.location)

    def environments_to_promote(self, names: Sequence[str] | None) -> tuple[Environment, ...]:
        """Return the environments with these names, in the manifest's order; all of them for None.

        Raises:
            InvalidRequestError: a name is unknown, or no name is given.
        """
        if names is None:
            return self.environments
        known = [environment.name for environment in self.environments]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            wrong = f"no environment {' and no '.join(unknown)}" if unknown else "environments in an empty list"
            names = nearest_names(unknown[0] if unknown else "", known)
            message = f"the manifest of {self.service} has {wrong}; name some of {names}, or leave it out"
            raise InvalidRequestError(message)
        return tuple(environment for environment in self.environments if environment.name in names)
