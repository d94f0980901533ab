"""The verdict on a canary, with its reasons and numbers, so that it can be explained afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError, CanaryWithoutEvidenceError


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that changed to ALARM."""

    name: str
    at: str
    """ISO 8601, UTC."""
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of the canary since its weight was set."""

    invocations: int
    minimum_requests: int
    alarm_changes: tuple[AlarmChange, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`healthy`, `unhealthy` or `inconclusive`, and why."""

    verdict: Literal["healthy", "unhealthy", "inconclusive"]
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]
    """The numbers that the reasons speak of, by name; each judge adds its own."""

    def insist(self, *, extended: bool) -> None:
        """Return quietly when healthy; otherwise raise what the machine decides on.

        Args:
            extended: whether this step's bake has been extended before.

        Raises:
            CanaryUnhealthyError: the verdict is unhealthy.
            CanaryInconclusiveError: it is inconclusive, and the bake may be extended.
            CanaryWithoutEvidenceError: it is inconclusive after the extension.
        """
        message = "; ".join(self.reasons)
        if self.verdict == "unhealthy":
            raise CanaryUnhealthyError(message)
        if self.verdict == "inconclusive":
            raise CanaryWithoutEvidenceError(message) if extended else CanaryInconclusiveError(message)


def describe(changes: Sequence[AlarmChange]) -> tuple[str, ...]:
    """One sentence for each alarm that changed to ALARM."""
    return tuple(f"the alarm {change.name} changed to ALARM at {change.at}: {change.reason}" for change in changes)


def judge(evidence: Evidence) -> Verdict:
    """An alarm outweighs everything; after that, too few requests say nothing, and nothing is not health."""
    seen = {
        "invocations": evidence.invocations,
        "minimum_requests": evidence.minimum_requests,
        "alarms": [change.name for change in evidence.alarm_changes],
    }
    if evidence.alarm_changes:
        return Verdict("unhealthy", describe(evidence.alarm_changes), seen)
    counted = f"the canary served {evidence.invocations} of at least {evidence.minimum_requests} requests"
    if evidence.invocations < evidence.minimum_requests:
        return Verdict("inconclusive", (f"{counted}: too few to judge",), seen)
    return Verdict("healthy", (f"{counted} and no alarm changed to ALARM",), seen)
