"""What the ledger keeps: what is live where, what was live before, and everything that happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gantry.promotion.release import Release
from gantry.promotion.target import Target

LINEAGE_LENGTH = 20
"""How many versions back a rollback can go without being told a version.

All of them lie in one item, which may have 400 KB. Lambda's 4 KB of variables are 16 KB at the very worst as shown.
"""

EVIDENCE_LENGTH = 20
"""Of how many steps, the last ones, a live record tells how the canary did; the history tells of all."""


@dataclass(frozen=True, slots=True)
class LiveRevision:
    """One version that takes, or took, all of a target's traffic."""

    version: str
    image_digest: str
    since: str
    """ISO 8601, UTC."""
    tag: str | None = None
    manifest_revision: str | None = None
    """None for a version that was there before Gantry came."""
    execution: str | None = None
    """The ARN of the execution that made it live."""
    promotion_started_at: str | None = None
    """When the promotion that brought it was started; None when it is not known."""
    configuration: Mapping[str, str] | None = None
    """What it was published with, as `promotion.difference` shows it; None when it is not known."""
    evidence: tuple[Mapping[str, Any], ...] | None = None
    """How its canary did: for each of the last steps the `weight`, the `verdict` and the number of `invocations`.

    Empty when all traffic moved at once; None when it is not known.
    """

    def __str__(self) -> str:
        """For people: `version 7 (4f0c2d1)`."""
        return f"version {self.version} ({self.tag or self.image_digest})"

    @property
    def release(self) -> tuple[str, str | None]:
        """The same for the same code with the same configuration."""
        return (self.image_digest, self.manifest_revision)


@dataclass(frozen=True, slots=True)
class Live:
    """What is live on one target."""

    service: str
    environment: str
    target: Target
    current: LiveRevision
    lineage: tuple[LiveRevision, ...] = ()
    """What was live before and was not rolled back, newest first."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.target.id

    def known(self, version: str) -> LiveRevision | None:
        """What the record knows of a version; None when it was not live, or is not something to go back to."""
        return next((each for each in (self.current, *self.lineage) if each.version == version), None)

    def after_release(self, released: LiveRevision, found: LiveRevision) -> "Live":
        """The record once `released` has replaced `found`, which is the version that the alias routed to before.

        When that was not the current one, somebody else had moved the alias: back to a version of the lineage, or to
        one that the record does not know, which belongs to the lineage all the same, because it was live.
        The same version again only refreshes what is known of it: it has no canary to be judged once more, and what a
        release does not tell stays as it was.
        """
        base = self.after_rollback(self.known(found.version) or found)
        if released.version == base.current.version:
            again = replace(
                released,
                since=base.current.since,
                promotion_started_at=released.promotion_started_at or base.current.promotion_started_at,
                configuration=released.configuration or base.current.configuration,
                evidence=released.evidence or base.current.evidence,
            )
            return replace(base, current=again)
        return replace(base, current=released, lineage=(base.current, *base.lineage)[:LINEAGE_LENGTH])

    def after_rollback(self, restored: LiveRevision) -> "Live":
        """The record once another version is back: what came after it is not something to go back to.

        The number tells what came before it, also of a version that the record does not know: Lambda counts up and
        gives no number twice. What the record does know of a version stays with it.
        """
        if restored.version == self.current.version:
            return self
        if known := self.known(restored.version):
            restored = replace(
                restored,
                configuration=known.configuration,
                evidence=known.evidence,
                promotion_started_at=known.promotion_started_at,
            )
        candidates = (self.current, *self.lineage)
        older = tuple(each for each in candidates if int(each.version) < int(restored.version))[:LINEAGE_LENGTH]
        return replace(self, current=restored, lineage=older)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened. Writing it twice keeps it once: its key holds no random part."""

    service: str
    at: str
    """When the state that records it was entered; the same on every retry. ISO 8601, UTC."""
    kind: str
    execution: str
    environment: str | None = None
    target_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """Which promotion carries a release: the same release is not promoted twice by events."""

    release: Release
    execution: str
    at: str
