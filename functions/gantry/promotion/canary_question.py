"""What people are asked about a canary of which too little is known when its time has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from math import isfinite
from typing import Any, NamedTuple, Self

from gantry.promotion.judge.evidence import Minute, RevisionMinute
from gantry.promotion.judge.rollout_limits import ASK_SECONDS, LONGEST_ROLLOUT
from gantry.promotion.timestamps import iso, later, moment
from gantry.promotion.traffic import Plan, bake_seconds

_MOST_MINUTES = 240
"""So many fit into a state and into an approval: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class MinuteCounts(NamedTuple):
    """One minute of both versions, as it is kept and charted. What no count can be is None, like what is unknown."""

    at: str
    """When it began. ISO 8601, UTC."""
    canary_requests: float | None
    canary_failed: float | None
    stable_requests: float | None
    stable_failed: float | None

    @classmethod
    def of(cls, minute: Minute) -> Self:
        """Return what is kept of a minute."""
        canary, stable = minute.canary, minute.stable
        counts = map(_count, (canary.requests, canary.failed, stable.requests, stable.failed))
        return cls(iso(minute.at.astimezone(UTC)), *counts)

    def as_minute(self) -> Minute:
        """Return the minute, without the requests that were slow."""
        canary = RevisionMinute(self.canary_requests, self.canary_failed)
        return Minute(moment(self.at), canary, RevisionMinute(self.stable_requests, self.stable_failed))


@dataclass(frozen=True, slots=True)
class KnownOfCanary:
    """Everything that the judge knew when the time was over."""

    reasons: tuple[str, ...]
    """Why that is too little, each a sentence for people."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """The judge's numbers, by name."""
    minutes: tuple[MinuteCounts, ...] = ()
    """The last of the rollout, oldest first."""


@dataclass(frozen=True, slots=True)
class CanaryQuestion:
    """A canary of which too little is known."""

    canary: str
    """The new revision."""
    stable: str
    weight: int
    """Its share, in per cent, while people are asked."""
    watched_weight: int
    """The share that it was watched with."""
    step: int
    """From 1 on."""
    steps: int
    known: KnownOfCanary
    max_bake_seconds: int
    """How much longer it is watched if people want that."""
    keep_waiting_until: str | None = None
    """Until when people can want that; None when the rollout could not end in time any more."""

    @property
    def keeps_weight(self) -> bool:
        """Whether it has the share that it was watched with: on the first step, or where the service only goes on."""
        return self.weight == self.watched_weight

    @property
    def is_last_step(self) -> bool:
        """Whether all traffic comes next."""
        return self.step == self.steps

    def offers_waiting(self, now: str) -> bool:
        """Whether people can want it to be watched longer. `now` is ISO 8601, UTC."""
        return self.keep_waiting_until is not None and now < self.keep_waiting_until


def last_minutes(minutes: Sequence[Minute]) -> tuple[MinuteCounts, ...]:
    """Return what is kept of a rollout's minutes: the last four hours."""
    return tuple(map(MinuteCounts.of, minutes[-_MOST_MINUTES:]))


def waiting_offered_until(rollout_since: str, asked_at: str, plan: Plan, longest_seconds: int) -> str | None:
    """Return until when people can choose to keep waiting, so that the rollout still ends within its longest time.

    The canary is then watched as long as at the beginning, at most, and people may be asked once more.

    Args:
        rollout_since: when the rollout began. ISO 8601, UTC.
        asked_at: when people are asked. ISO 8601, UTC.
        plan: the rollout's steps.
        longest_seconds: how long the deployment takes at most, with one question.
    """
    to_come = longest_seconds + bake_seconds(plan)
    until = iso(moment(rollout_since) + timedelta(seconds=LONGEST_ROLLOUT - to_come))
    return min(until, str(later(asked_at, ASK_SECONDS))) if until > asked_at else None


def _count(value: float | None) -> float | None:
    """Return what JSON and DynamoDB can keep."""
    return value if value is not None and isfinite(value) and value >= 0 else None
