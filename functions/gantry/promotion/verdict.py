"""The verdict on a canary, with its reasons and numbers, so that it can be explained afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.judge.alarm_facts import AlarmChange, describe
from gantry.promotion.judge.verdict import Health


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of the canary since its weight was set."""

    requests: int | None
    """None when nobody can say how many; that is not zero."""
    minimum_requests: int
    alarm_changes: tuple[AlarmChange, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`healthy`, `unhealthy` or `inconclusive`, and why."""

    verdict: Health
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]
    """The numbers that the reasons speak of, by name."""


def judge(evidence: Evidence) -> Verdict:
    """Judge a canary. An alarm outweighs everything; after that, too few requests are no evidence of health."""
    numbers = {
        "requests": evidence.requests,
        "minimum_requests": evidence.minimum_requests,
        "alarms": [change.name for change in evidence.alarm_changes],
    }
    if evidence.alarm_changes:
        return Verdict(Health.UNHEALTHY, describe(evidence.alarm_changes), numbers)
    if evidence.requests is None:
        return Verdict(Health.INCONCLUSIVE, ("the canary's requests cannot be counted",), numbers)
    counted = f"the canary served {evidence.requests} of at least {evidence.minimum_requests} requests"
    if evidence.requests < evidence.minimum_requests:
        return Verdict(Health.INCONCLUSIVE, (f"{counted}: too few to judge",), numbers)
    return Verdict(Health.HEALTHY, (f"{counted} and no alarm changed to ALARM",), numbers)
