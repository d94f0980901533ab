"""What was found when somebody looked for drift."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.drift.comparison import PARAMETER, REFERENCE, DriftDifference
from gantry.promotion.drift.states import DriftState, worst
from gantry.promotion.live import Live
from gantry.promotion.source import Source


@dataclass(frozen=True, slots=True)
class TargetDrift:
    """One target of a service."""

    id: str
    kind: str
    arn: str
    environment: str
    state: DriftState
    version: str
    """What is live there, as the ledger says; so are those below, up to the source."""
    tag: str | None
    digest: str
    manifest_revision: str | None
    execution: str | None = None
    """The ARN of the execution that made it live; null where that is not known."""
    source: Source | None = None
    """Where its artifact comes from; null where that is not known."""
    reason: str | None = None
    """Why it is UNKNOWN or DEPLOYING, that none of its parameters exists yet, or what else is to know of it; null
    otherwise."""
    differences: tuple[DriftDifference, ...] = ()
    """Those that the manifest ignores too."""
    command: str | None = None
    """What puts it right, or writes its parameters for the first time; null where nothing needs to be done."""

    @classmethod
    def of(cls, live: Live, state: DriftState, reason: str | None = None) -> "TargetDrift":
        """Return a target that was not compared, or is in sync."""
        current, target = live.current, live.target
        return cls(
            target.id,
            target.kind,
            target.arn,
            live.environment,
            state,
            current.revision,
            current.tag,
            current.digest,
            current.manifest_revision,
            current.execution,
            current.source,
            reason,
        )

    @property
    def counted(self) -> tuple[DriftDifference, ...]:
        """The differences that are not ignored."""
        return tuple(each for each in self.differences if not each.is_ignored)

    @property
    def is_astray(self) -> bool:
        """Whether the target itself is out of sync, and not only what parameters say about it, or what it refers to."""
        return self.state is DriftState.OUT_OF_SYNC and not all(
            each.what.startswith((f"{PARAMETER} ", f"{REFERENCE} ")) for each in self.counted
        )


CopyKind = Literal["git_file", "manifest"]
"""The files that say in Git what is live in an environment, or the manifest in the bucket."""


@dataclass(frozen=True, slots=True)
class CopyDrift:
    """What should say the same in two places, and is no target."""

    id: str
    """`git/<repository>/<branch>/<service>/<environment>`, or `manifest/<service>`."""
    what: CopyKind
    environment: str | None
    """null where it is about all of the service's."""
    state: DriftState
    """DEPLOYING: it is on its way, or waits for people in a pull request of Gantry's own."""
    reason: str | None = None
    """Why it is so, in words; null where the differences say it, or it is in sync."""
    differences: tuple[DriftDifference, ...] = ()
    command: str | None = None
    """What puts it right, in a checkout of the repository; null where nothing needs to be, or nobody knows."""

    @classmethod
    def of_manifest(
        cls, service: str, state: DriftState, reason: str | None = None, command: str | None = None
    ) -> "CopyDrift":
        """Return how a service's manifest in the bucket stands."""
        return cls(f"manifest/{service}", "manifest", None, state, reason, command=command)

    @property
    def counted(self) -> tuple[DriftDifference, ...]:
        """The differences: none of them can be ignored."""
        return self.differences


@dataclass(frozen=True, slots=True)
class NewestManifest:
    """The newest manifest in the bucket. It is no drift if a newer one waits for a release."""

    revision: str | None
    """null: the service has no manifest any more."""
    waits_for_release_in: tuple[str, ...] = ()
    """The environments where an older revision is live."""
    problem: str | None = None
    """Why it cannot be used; then nothing is ignored. null when it can."""
    restores: bool = False
    """Whether it lets Gantry restore targets by itself: `drift: {restore: true}`."""


@dataclass(frozen=True, slots=True)
class ServiceDrift:
    """One service."""

    service: str
    state: DriftState
    manifest: NewestManifest
    targets: tuple[TargetDrift, ...]
    """By environment, in the order of the ledger."""
    copies: tuple[CopyDrift, ...] = ()
    """The files in Git by environment, and the manifest in the bucket; none where there is nothing to compare."""

    @classmethod
    def of(
        cls, service: str, manifest: NewestManifest, targets: Iterable[TargetDrift], copies: Iterable[CopyDrift] = ()
    ) -> "ServiceDrift":
        """Return a service with these targets and copies."""
        every, others = tuple(targets), tuple(copies)
        states = [*(each.state for each in every), *(each.state for each in others)]
        return cls(service, worst(states), manifest, every, others)

    @property
    def everything(self) -> "tuple[TargetDrift | CopyDrift, ...]":
        """The targets, then the copies."""
        return self.targets + self.copies


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All services that were looked at."""

    at: str
    """When. ISO 8601, UTC."""
    state: DriftState
    services: tuple[ServiceDrift, ...]
    """By name."""

    @classmethod
    def of(cls, at: str, services: Iterable[ServiceDrift]) -> "DriftReport":
        """Return a report of these services."""
        every = tuple(services)
        return cls(at, worst(each.state for each in every), every)
