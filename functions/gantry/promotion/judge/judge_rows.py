"""How a canary is judged, in rows for people."""

from collections.abc import Mapping

from gantry.promotion import durations
from gantry.promotion.judge.looks import watch_seconds
from gantry.promotion.judge.settings import JudgeSettings, MetricQuery, QueriedMetric
from gantry.promotion.traffic import Plan

JUDGE_ROWS = (
    "Judged by",
    "Tolerated",
    "Needed to go on",
    "When too little is known",
    "Queries",
    "Watched afterwards",
)
"""All rows, in their order."""
_OUTCOMES = {"ask": "people are asked", "roll_back": "it is rolled back", "promote": "it is promoted"}


def judge_rows(plan: Plan, settings: JudgeSettings, *, counts_requests: bool = True) -> dict[str, str]:
    """Return how the canaries of a plan are judged; no row where nothing is watched.

    Args:
        plan: the steps.
        settings: the manifest's.
        counts_requests: whether there is evidence beside alarms.
    """
    if not plan and not settings.bake_after_seconds:
        return {}
    after = durations.text(settings.bake_after_seconds) if settings.bake_after_seconds else "no"
    if not counts_requests:
        return {"Judged by": "alarms alone; requests are not counted here", "Watched afterwards": after}
    if settings.mode == "observe":
        return {"Judged by": "alarms alone; the judge only records", "Watched afterwards": after}
    return {
        "Judged by": "evidence and alarms",
        "Tolerated": _tolerated(settings),
        "Needed to go on": _needed(settings),
        "When too little is known": _inconclusive(plan, settings),
        "Queries": "; ".join(map(_query, settings.queries)) or "none",
        "Watched afterwards": after,
    }


def _tolerated(settings: JudgeSettings) -> str:
    slow = f", and requests over {settings.slow_after_ms} ms" if settings.slow_after_ms else ""
    return (
        f"{settings.tolerated_error_rate_increase:g} points more failed requests{slow}; at that, "
        f"{settings.false_alarm_rate:g} % are rolled back and {settings.missed_bad_rate:g} % promoted"
    )


def _needed(settings: JudgeSettings) -> str:
    shown = ", shown to be not worse at each step" if settings.every_step else ", shown to be not worse at the end"
    early = ", before the bake ends if possible" if settings.advance_early else ""
    return f"requests {settings.minimum_requests}, minutes with requests {settings.minimum_minutes}{shown}{early}"


def _inconclusive(plan: Plan, settings: JudgeSettings) -> str:
    watched = watch_seconds(plan, settings)
    return f"{_OUTCOMES[settings.on_inconclusive]}{f' after {durations.text(watched)}' if watched else ''}"


def _query(query: MetricQuery) -> str:
    limits = {
        "at most": query.at_most,
        "at least": query.at_least,
        "above the stable version by at most": query.above_stable,
    }
    limit = " ".join(f"{words} {value:.15g}" for words, value in limits.items() if value is not None)
    metrics = ", ".join(f"{name} = {_metric(each)}" for name, each in query.metrics.items())
    return f"{query.name}: {query.expression} {limit} for {query.minutes}m, with {metrics}"


def _metric(metric: QueriedMetric) -> str:
    return f"{metric.statistic} of {metric.namespace}/{metric.metric}{_dimensions(metric.dimensions)}"


def _dimensions(dimensions: Mapping[str, str]) -> str:
    return f" ({', '.join(f'{name} {value}' for name, value in dimensions.items())})" if dimensions else ""
