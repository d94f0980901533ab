"""The drift that people know of, so that they are told only of what changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gantry.promotion.drift.report import CopyDrift, CopyKind, ServiceDrift, TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.visible_text import foreign, shortened

LONGEST_SENTENCE = 300
MOST_FINDINGS = 400
"""Targets. All findings of a service are in one item of the ledger, which may have 400 KB."""
Found = Literal["target"] | CopyKind
_TARGET: Found = "target"
_MOST_NAMED = 3
_FINGERPRINT = 16
"""Characters: with 64 bits, no two of a target's findings look the same by chance."""


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """A target, or a copy, that is not in sync or could not be looked at."""

    target_id: str
    """The target's id, or the copy's."""
    arn: str
    """Empty for a copy."""
    environment: str | None
    """null for a copy that is about all of the service's."""
    state: DriftState
    since: str
    """When it was first found in this state. ISO 8601, UTC."""
    sentence: str
    """What was found, for people."""
    fingerprint: str
    """The same as long as the same is found."""
    command: str | None = None
    """What puts it right; null where nobody knows."""
    what: Found = _TARGET
    restored_by: str | None = None
    """The execution that Gantry has started to restore the target; null where it has started none."""
    not_restored: str | None = None
    """Why it has started none, in words, although the manifest says restore; null otherwise."""

    @classmethod
    def of(cls, found: TargetDrift | CopyDrift, at: str) -> "DriftFinding":
        """Return what is kept of a target or a copy that was looked at."""
        arn, what = (found.arn, _TARGET) if isinstance(found, TargetDrift) else ("", found.what)
        return cls(
            found.id,
            arn,
            found.environment,
            found.state,
            at,
            shortened(_sentence(found), LONGEST_SENTENCE),
            _fingerprint(found),
            found.command,
            what,
        )

    @property
    def is_of_target(self) -> bool:
        """Whether it is about a target itself."""
        return self.what == _TARGET

    def is_same_as(self, other: "DriftFinding | None") -> bool:
        """Whether the same was found before."""
        return other is not None and (other.state, other.fingerprint) == (self.state, self.fingerprint)

    def is_known_from(self, other: "DriftFinding | None") -> bool:
        """Whether people know all of it: also what is done about it, or why nothing is."""
        done = (self.restored_by, self.not_restored)
        return self.is_same_as(other) and other is not None and (other.restored_by, other.not_restored) == done


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """What the last check found of a service."""

    service: str
    at: str
    """When it was looked at. ISO 8601, UTC."""
    findings: tuple[DriftFinding, ...] = ()

    @classmethod
    def of(cls, found: ServiceDrift, before: "DriftRecord | None", at: str) -> "DriftRecord":
        """Return what is kept of a service.

        Of a target that is being deployed to, what was found before stays: nobody knows yet whether it has ended.
        """
        known = before.by_target if before else {}
        findings = (_kept(each, known.get(each.id), at) for each in found.everything)
        return cls(found.service, at, tuple(filter(None, findings))[:MOST_FINDINGS])

    @property
    def by_target(self) -> Mapping[str, DriftFinding]:
        """The findings by the target's id."""
        return {each.target_id: each for each in self.findings}


@dataclass(frozen=True, slots=True)
class DriftChanges:
    """What people do not know yet of one service."""

    service: str
    found: tuple[DriftFinding, ...]
    """Those that are new, or not as before."""
    ended: tuple[DriftFinding, ...]
    """Those that are no more."""

    @classmethod
    def between(cls, before: DriftRecord | None, now: DriftRecord) -> "DriftChanges":
        """Return the difference between two checks; the first one finds everything."""
        known, current = before.by_target if before else {}, now.by_target
        return cls(
            now.service,
            tuple(each for each in now.findings if not each.is_known_from(known.get(each.target_id))),
            tuple(each for target_id, each in known.items() if target_id not in current),
        )


def _kept(found: TargetDrift | CopyDrift, before: DriftFinding | None, at: str) -> DriftFinding | None:
    if found.state is DriftState.SYNCED:
        return None
    if found.state is DriftState.DEPLOYING:
        return before
    finding = DriftFinding.of(found, at)
    if before is None or before.state is not finding.state:
        return finding
    finding = replace(finding, since=before.since)
    return replace(finding, restored_by=before.restored_by) if finding.is_same_as(before) else finding


def _sentence(found: TargetDrift | CopyDrift) -> str:
    """Return what was found: `traffic: 7 expected, 9 found; artifact: …`."""
    if found.state is DriftState.UNKNOWN:
        return foreign(found.reason or "It could not be looked at")
    said = [
        f"{each.what}: {each.expected or 'nothing'} expected, {each.found or 'nothing'} found"
        for each in found.counted[:_MOST_NAMED]
    ]
    more = len(found.counted) - len(said)
    why = [foreign(found.reason)] if found.reason else []
    return "; ".join([*map(foreign, said), *([f"and {more} more"] if more > 0 else []), *why])


def _fingerprint(found: TargetDrift | CopyDrift) -> str:
    """Return what stands for all that differs. The words of an error may be others each time."""
    differences: list[object] = [(each.what, each.expected, each.found) for each in found.counted]
    if found.state is DriftState.OUT_OF_SYNC and found.reason:
        differences.append(found.reason)
    return hashlib.sha256(json.dumps(differences).encode()).hexdigest()[:_FINGERPRINT]
