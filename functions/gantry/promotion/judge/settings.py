"""What a manifest asks of the judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["decide", "observe"]
"""`observe` records what the judge would have done, and lets alarms alone decide."""
OnInconclusive = Literal["ask", "roll_back", "promote"]
"""What becomes of a canary of which too little is known, when `max_bake` has ended."""
Statistic = Literal["Sum", "Average", "Minimum", "Maximum", "SampleCount"]

MOST_DIFFERENCE = 0.95
"""Of two rates that the test can tell apart."""
MAX_BAKE = 7_200
"""Seconds that all steps together are watched at most, when the manifest does not say."""


@dataclass(frozen=True, slots=True)
class QueriedMetric:
    """One CloudWatch metric of a query, in the target's account and region."""

    namespace: str
    metric: str
    statistic: str
    """One of `Statistic`, or a percentile such as p99."""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """A value may hold `{revision}`, which stands for the revision that is asked about."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One value a minute, by a team's own metrics: what it may be at most, or compared with the stable revision."""

    name: str
    metrics: Mapping[str, QueriedMetric]
    """By the names that the expression has for them."""
    expression: str
    """CloudWatch metric math over these names; a name alone for a single metric."""
    at_most: float | None = None
    """Worse are minutes above this."""
    at_least: float | None = None
    """Worse are minutes below this."""
    above_stable: float | None = None
    """Worse are minutes in which it is higher than the stable revision's by more than this."""
    minutes: int = 3
    """How many worse minutes in a row show harm."""

    @property
    def compares(self) -> bool:
        """Whether the stable revision is asked about too."""
        return self.above_stable is not None


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How a canary is judged. Rates are in per cent of requests, differences of rates in percentage points."""

    mode: Mode = "decide"
    minimum_requests: int = 1
    """Canary requests of the whole rollout without which no step goes on."""
    minimum_minutes: int = 1
    """Minutes with canary requests without which no step goes on, because errors come together."""
    tolerated_error_rate_increase: float = 2.0
    """Points that the canary's rate may be above the stable revision's."""
    false_alarm_rate: float = 1.0
    """How often, in per cent, a canary at the tolerance may be taken back."""
    missed_bad_rate: float = 1.0
    """How often, in per cent, a canary at the tolerance may be promoted."""
    slow_after_ms: int | None = None
    """Requests that take longer are judged like failed ones, in a comparison of their own."""
    every_step: bool = False
    """Whether each step, and not only the last one, needs it shown that the canary is not worse."""
    advance_early: bool = False
    """Whether a step ends before its bake does, once it is shown that the canary is not worse."""
    max_bake_seconds: int = MAX_BAKE
    """How long all steps together are watched at most; never less than their bakes together."""
    on_inconclusive: OnInconclusive = "roll_back"
    queries: tuple[MetricQuery, ...] = ()
    bake_after_seconds: int = 0
    """How long the new revision is watched once it has all traffic."""

    @property
    def tolerated_difference(self) -> float:
        """What is tolerated, as a difference of rates from 0 to 1."""
        return min(self.tolerated_error_rate_increase / 100, MOST_DIFFERENCE)
