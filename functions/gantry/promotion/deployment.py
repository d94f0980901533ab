"""One release on its way to one target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gantry.promotion.carriage import Carriage
from gantry.promotion.checks import NO_CHECKS, Checks
from gantry.promotion.difference import MaskedSettings
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.references.reference import pinned
from gantry.promotion.release import Architecture, Release
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Step


class PreparationOutcome(StrEnum):
    """What came of preparing a revision."""

    PUBLISHED = "published"
    """A new revision, which no traffic reaches yet."""
    UNCHANGED = "unchanged"
    """The stable revision is this release already."""
    CREATED = "created"
    """The target's first revision."""


@dataclass(frozen=True, slots=True)
class ApprovedTarget:
    """What people approved for one target."""

    at: str
    """When. ISO 8601, UTC."""
    live: str | None = None
    """What was live there, in words; None for nothing."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The input of a deployment's execution."""

    release: Release
    environment: str
    target: Target
    architecture: Architecture
    configuration: Mapping[str, Any] = field(repr=False)
    """The manifest's keys for the target's kind, with the versions of what they refer to.

    Not in the repr: values may be secrets.
    """
    plan: tuple[Step, ...]
    alarms: tuple[str, ...]
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    """As it is by default for a deployment that an older version of the pipeline has started."""
    promotion: str | None = None
    """The ARN of the promotion's execution."""
    carried: Carriage | None = None
    """How the environment carries it, for the next approvers; None from a promotion that does not say."""
    approved: ApprovedTarget | None = None
    """What people approved for this target; None where nobody was asked."""
    promotion_started_at: datetime | None = None
    """When that promotion was started: of two releases for one target, the later one's is the newer."""
    draft: MaskedSettings = field(default_factory=dict)
    """What approvers saw that the release takes from the target; empty where nobody was asked, or it takes nothing."""
    checks: Checks = NO_CHECKS
    """What is checked of a new revision beside what its users see."""

    def __post_init__(self) -> None:
        """Take the versions that approvers saw, and not those that are there by now."""
        object.__setattr__(self, "configuration", pinned(self.configuration, self.target.references))


@dataclass(frozen=True, slots=True)
class Holder:
    """An execution that holds a target's lease, or believes so."""

    target: Target
    execution: str
    """The execution's ARN."""
    fence: int
    """The fencing number that came with the lease."""


@dataclass(frozen=True, slots=True)
class StateEntry:
    """Which execution is in a state, and since when. Both stay the same when the state is retried."""

    execution: str
    """The execution's ARN."""
    entered_at: datetime

    @property
    def at(self) -> str:
        """When the state was entered; what the ledger's entries are dated with."""
        return iso(self.entered_at)


@dataclass(frozen=True, slots=True)
class DeploymentState(StateEntry):
    """A state of a deployment that holds its target's lease."""

    deployment: Deployment
    fence: int

    @property
    def holder(self) -> Holder:
        """Whom every write in this state is made as."""
        return Holder(self.deployment.target, self.execution, self.fence)

    def history_entry(self, kind: HistoryKind, facts: Mapping[str, Any]) -> HistoryEntry:
        """Return what the history keeps of what happened in this state."""
        deployment = self.deployment
        return HistoryEntry(
            service=deployment.release.service,
            at=self.at,
            kind=kind,
            execution=self.execution,
            environment=deployment.environment,
            target_id=deployment.target.id,
            facts=facts,
        )


@dataclass(frozen=True, slots=True)
class StableRevision:
    """The revision that a target was found on."""

    revision: str
    digest: str
