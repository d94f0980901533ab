"""What is live on a target, and what was live before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gantry.promotion.carriage import Carriage
from gantry.promotion.live_now import LiveFor, LiveNow, version_name
from gantry.promotion.release import Release
from gantry.promotion.source import Source
from gantry.promotion.target import Target

LINEAGE_LENGTH = 16
"""How many revisions back a rollback can go without being told a revision.

All of them lie in one item, which may have 400 KB. 4 KB of variables are 16 KB at the very worst when masked, and the
other settings 4 KB.
"""

EVIDENCE_LENGTH = 20
"""For how many steps, the last ones, a live record keeps how the canary did; the history keeps all."""


@dataclass(frozen=True, slots=True)
class LiveRevision:
    """One revision that takes, or took, all of a target's traffic."""

    revision: str
    digest: str
    since: str
    """ISO 8601, UTC."""
    tag: str | None = None
    manifest_revision: str | None = None
    """None for a revision that was there before Gantry came."""
    execution: str | None = None
    """The ARN of the execution that made it live."""
    promotion_started_at: str | None = None
    """When the promotion that brought it was started; None when it is not known."""
    configuration: Mapping[str, str] | None = None
    """What it was published with, as `masking` keeps it; None when it is not known."""
    evidence: tuple[Mapping[str, Any], ...] | None = None
    """How its canary did: for each of the last steps the `weight`, the `verdict` and the number of `requests`.

    Empty when all traffic moved at once; None when it is not known.
    """
    sequence: int | None = None
    """The ledger's number: the nth revision that became live on this target. None when the ledger does not know it."""
    artifact_version: str | None = None
    """The S3 version id of an artifact that is an object, so that it can be read again; None when it is not known."""
    source: Source | None = None
    """Where its artifact comes from; None when it is not known."""
    configuration_started_at: str | None = None
    """When the promotion was started that last changed its configuration alone; None where none has.

    Apart from `promotion_started_at`, which is the artifact's: by that one, an older artifact gives way.
    """

    def __str__(self) -> str:
        """For people: `version 7 (4f0c2d1)`."""
        return version_name(self.revision, self.tag, self.digest)

    @property
    def release(self) -> tuple[str, str | None]:
        """The same for the same code with the same configuration."""
        return (self.digest, self.manifest_revision)

    def is_newer_than(self, release: Release, started_at: str) -> bool:
        """Whether a release whose promotion was started then comes too late. Changes of configuration hold up each
        other, but no artifact.
        """
        newer = (self.promotion_started_at, self.configuration_started_at if release.is_configuration_only else None)
        return any(each > started_at for each in newer if each)


@dataclass(frozen=True, slots=True)
class Live:
    """What is live on one target."""

    service: str
    environment: str
    target: Target
    current: LiveRevision
    lineage: tuple[LiveRevision, ...] = ()
    """What was live before and was not rolled back, newest first."""
    sequence: int = 1
    """How many revisions have become live on this target so far. Every new one gets the next number."""
    carried: Carriage | None = None
    """How the last release that went live here was carried; None when that is not known."""
    left_manifest: str | None = None
    """The manifest revision of the configuration that a rollback took off while its artifact went on running.

    None where none has since the last release.
    """

    @classmethod
    def first(cls, service: str, environment: str, target: Target, revision: LiveRevision) -> "Live":
        """Return the record of the first revision that the ledger knows on a target."""
        return cls(service, environment, target, replace(revision, sequence=1))

    @property
    def live_for(self) -> LiveFor:
        """Whose it is."""
        return LiveFor(self.service, self.environment)

    @property
    def in_short(self) -> LiveNow:
        """What the lease keeps of it."""
        now = self.current
        return LiveNow(now.revision, now.digest, now.since, now.tag, now.manifest_revision, now.source)

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.target.id

    def known(self, revision: str) -> LiveRevision | None:
        """Return what is known of a revision; None when it was not live, or is not something to go back to."""
        return next((each for each in (self.current, *self.lineage) if each.revision == revision), None)

    def after_release(self, released: LiveRevision, found: LiveRevision) -> "Live":
        """Return the record once `released` has replaced `found`, which is the revision that had the traffic before.

        The same revision again only refreshes what is known of it: it has no canary to be judged once more, and what a
        release does not say stays as it was.
        """
        base = self.after_change(found)
        if released.revision != base.current.revision:
            return base._with_next(released)
        current = replace(
            released,
            since=base.current.since,
            promotion_started_at=released.promotion_started_at or base.current.promotion_started_at,
            configuration=released.configuration or base.current.configuration,
            evidence=released.evidence or base.current.evidence,
            sequence=base.current.sequence,
            configuration_started_at=released.configuration_started_at or base.current.configuration_started_at,
        )
        return replace(base, current=current, left_manifest=None)

    def after_change(self, found: LiveRevision) -> "Live":
        """Return the record once somebody other than Gantry has moved the traffic to `found`.

        A revision of the lineage means that they went back to it. One that is not known became live after the current
        one.
        """
        known = self.known(found.revision)
        return self.after_rollback(known) if known else self._with_next(found)

    def after_rollback(self, restored: LiveRevision) -> "Live":
        """Return the record once another revision is back: what became live after it is not something to go back to.

        The ledger's own sequence says what came before. A revision that the ledger never saw takes the place of the one
        that was rolled back. What the ledger does know of a revision stays with it.
        """
        if restored.revision == self.current.revision:
            return self
        if known := self.known(restored.revision):
            restored = replace(
                restored,
                configuration=known.configuration,
                evidence=known.evidence,
                promotion_started_at=known.promotion_started_at,
                sequence=known.sequence,
                artifact_version=known.artifact_version,
                source=known.source,
                configuration_started_at=known.configuration_started_at,
            )
        number = restored.sequence or self.current.sequence or 0
        older = tuple(each for each in (self.current, *self.lineage) if (each.sequence or 0) < number)
        return replace(self, current=replace(restored, sequence=number), lineage=older[:LINEAGE_LENGTH])

    def _with_next(self, revision: LiveRevision) -> "Live":
        """A revision that is live once more has one place: the lineage does not lead back to it."""
        number = self.sequence + 1
        others = tuple(each for each in (self.current, *self.lineage) if each.revision != revision.revision)
        lineage = others[:LINEAGE_LENGTH]
        current = replace(revision, sequence=number)
        return replace(self, current=current, lineage=lineage, sequence=number, left_manifest=None)
