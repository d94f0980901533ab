"""The judge's verdict on a canary."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What is known of a canary."""

    HEALTHY = "healthy"
    """It is shown not to be worse than it may be."""
    UNHEALTHY = "unhealthy"
    """It is shown to be worse."""
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, with what it rests on."""

    verdict: Verdict
    reasons: tuple[str, ...]
    """Sentences for people, with the numbers."""
    evidence: Mapping[str, Any]
    """The numbers, as JSON."""
    is_seen_enough: bool
    """Whether so many requests and minutes were seen that a step which shows no harm may go on."""
    has_alarm: bool = False
    """Whether an alarm changed to ALARM."""
    notes: tuple[str, ...] = ()
    """What people should know besides: what could not be evidence."""
