"""The numbers behind a verdict, small enough for a record of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gantry.promotion.judge.alarm_facts import AlarmFacts
from gantry.promotion.judge.comparison import Comparison
from gantry.promotion.judge.evidence import Durations, TargetEvidence
from gantry.promotion.judge.query_findings import QueryFinding
from gantry.promotion.visible_text import shortened

_MOST_NAMES, _LONGEST_NAME = 3, 48
_GREATEST_E = 1e9
"""As a record shows it. More would not be more convincing."""


def numbers(
    evidence: TargetEvidence,
    comparisons: Sequence[Comparison],
    queries: Sequence[QueryFinding],
    alarms: AlarmFacts,
    minutes_with_requests: int,
) -> dict[str, Any]:
    """Return the numbers as JSON. Rates are in per cent, differences in points, durations in milliseconds."""
    return {
        "compared": bool(comparisons),
        "minutes": len(evidence.minutes),
        "minutes_with_requests": minutes_with_requests,
        **{each.stream: _compared(each) for each in comparisons},
        "durations": {
            name: _durations(durations)
            for name, durations in (("canary", evidence.canary_durations), ("stable", evidence.stable_durations))
            if durations
        },
        "alarms": {
            "changed": _names([change.name for change in alarms.changes]),
            "firing_before": _names(alarms.firing_before),
            "without_data": _names(alarms.without_data),
        },
        "queries": {shortened(query.name, _LONGEST_NAME): _rounded(query.last) for query in queries[:_MOST_NAMES]},
    }


def canary_requests(recorded: Mapping[str, Any]) -> int | None:
    """Return how many requests of the canary are in recorded numbers; None where nothing was compared."""
    requests: int | None = recorded.get("failed", {}).get("canary", {}).get("requests")
    return requests


def _compared(comparison: Comparison) -> dict[str, Any]:
    total = comparison.total
    return {
        "canary": _revision(total.canary, total.canary_failed),
        "stable": _revision(total.stable, total.stable_failed),
        "tolerated_points": _rounded(100 * comparison.tolerated),
        "worse_by_at_least": _rounded(100 * comparison.at_least),
        "worse_by_at_most": None if comparison.at_most is None else _rounded(100 * comparison.at_most),
        "e_worse": _e_value(comparison.log_e_worse),
        "e_not_worse": _e_value(comparison.log_e_not_worse),
    }


def _revision(requests: int, bad: int) -> dict[str, Any]:
    return {"requests": requests, "bad": bad, "rate": _rounded(100 * bad / requests) if requests else None}


def _durations(durations: Durations) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in asdict(durations).items()}


def _e_value(logarithm: float) -> float:
    return float(f"{min(math.exp(min(logarithm, math.log(_GREATEST_E))), _GREATEST_E):.3g}")


def _rounded(number: float | None) -> float | None:
    """Return four significant digits; None for what JSON has no number for."""
    return float(f"{number:.4g}") if number is not None and math.isfinite(number) else None


def _names(names: Sequence[str]) -> list[str]:
    kept = [shortened(name, _LONGEST_NAME) for name in names[:_MOST_NAMES]]
    return kept if len(names) <= _MOST_NAMES else [*kept, f"and {len(names) - _MOST_NAMES} more"]
