"""What a kind of target knows of a canary and of the stable revision beside it, minute by minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gantry.promotion.judge.settings import MetricQuery

ONE_MINUTE = timedelta(minutes=1)
"""Evidence comes minute by minute."""


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Which evidence is wanted."""

    canary: str
    stable: str | None
    """None where there is nothing to compare with."""
    since: datetime
    """When the canary got its first traffic. The whole minute counts."""
    now: datetime
    slow_after_ms: int | None = None
    queries: tuple[MetricQuery, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionMinute:
    """What was counted of one revision in one minute, as the service says it. None is unknown, never zero."""

    requests: float | None
    """Those that reached the revision, and those that it was too busy for."""
    failed: float | None
    """Errors and throttles."""
    slow: float | None = None
    """Requests that took longer than was asked; None also when nothing was asked."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of both revisions."""

    at: datetime
    """When it began."""
    canary: RevisionMinute
    stable: RevisionMinute


@dataclass(frozen=True, slots=True)
class QueryMinute:
    """What a manifest's own query gave in one minute; None without data."""

    at: datetime
    canary: float | None
    stable: float | None = None


@dataclass(frozen=True, slots=True)
class Durations:
    """How long requests took, in milliseconds."""

    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True)
class TargetEvidence:
    """All that is known of the whole rollout."""

    minutes: tuple[Minute, ...] = ()
    """Every minute that is complete, oldest first, without gaps; also those without a request."""
    complete_until: datetime | None = None
    """What began before has ended, and is counted; None when nothing is known."""
    queries: Mapping[str, tuple[QueryMinute, ...]] = field(default_factory=dict)
    """By the query's name. A query that failed has a reason in `unknown` instead."""
    canary_durations: Durations | None = None
    stable_durations: Durations | None = None
    unknown: tuple[str, ...] = ()
    """Why something is not known, each in words for people: a refused or throttled call, a metric that is not there."""
