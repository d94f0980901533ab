"""Evidence of rollouts, for tests of the judge."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gantry.promotion.judge.evidence import Minute, QueryMinute, RevisionMinute, TargetEvidence

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(number: int) -> datetime:
    """The time of a minute of the rollout, counted from 0."""
    return START + timedelta(minutes=number)


def minute(
    number: int, canary: tuple[float | None, ...], stable: tuple[float | None, ...] = (540.0, 0.0, 0.0)
) -> Minute:
    """One minute: requests, failed and slow ones of each revision."""
    return Minute(at(number), RevisionMinute(*canary), RevisionMinute(*stable))


def rollout(
    minutes: int,
    canary: tuple[float | None, ...] = (60.0, 0.0, 0.0),
    stable: tuple[float | None, ...] = (540.0, 0.0, 0.0),
    **changed: Any,
) -> TargetEvidence:
    """Minutes that are all alike."""
    return evidence(*(minute(number, canary, stable) for number in range(minutes)), **changed)


def evidence(*minutes: Minute, **changed: Any) -> TargetEvidence:
    """What is known of these minutes."""
    return TargetEvidence(minutes, minutes[-1].at + timedelta(minutes=1) if minutes else None, **changed)


def query_minutes(*values: float | tuple[float | None, float | None] | None) -> tuple[QueryMinute, ...]:
    """The values of a query, one a minute, of the canary alone or of both."""
    return tuple(
        QueryMinute(at(number), *value) if isinstance(value, tuple) else QueryMinute(at(number), value)
        for number, value in enumerate(values)
    )
