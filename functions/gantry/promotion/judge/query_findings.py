"""What a manifest's own queries show: harm after some worse minutes in a row."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gantry.promotion.judge.counting import clock
from gantry.promotion.judge.evidence import ONE_MINUTE, QueryMinute, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery
from gantry.promotion.visible_text import quoted_name


@dataclass(frozen=True, slots=True)
class QueryFinding:
    """What is known of one query."""

    name: str
    last: float | None
    """Its newest value of the canary."""
    harm: str | None
    """In words for people, when it shows harm."""
    unknown: str | None
    """In words for people, when it has no usable data."""


def query_findings(
    queries: Sequence[MetricQuery], evidence: TargetEvidence, *, compares: bool
) -> tuple[QueryFinding, ...]:
    """Judge each query. Those that compare with the stable revision are left out where there is none."""
    return tuple(
        _finding(query, evidence.queries.get(query.name, ()), evidence.complete_until)
        for query in queries
        if compares or not query.compares or query.at_most is not None or query.at_least is not None
    )


def _finding(query: MetricQuery, minutes: Sequence[QueryMinute], until: datetime | None) -> QueryFinding:
    known = [minute for minute in minutes if _is_known(query, minute)]
    last = known[-1] if known else None
    return QueryFinding(
        query.name, last.canary if last else None, _harm(query, minutes), _unknown(query, minutes, last, until)
    )


def _is_known(query: MetricQuery, minute: QueryMinute) -> bool:
    values = (minute.canary, minute.stable) if query.compares else (minute.canary,)
    return all(value is not None and math.isfinite(value) for value in values)


def _harm(query: MetricQuery, minutes: Sequence[QueryMinute]) -> str | None:
    """Return the first row of worse minutes that is long enough. A minute without a value ends a row."""
    row = 0
    for minute in minutes:
        worse = next(_worse(query, minute), None)
        row = row + 1 if worse else 0
        if row == query.minutes:
            return f"the query {quoted_name(query.name)} {worse} for {_in_a_row(row)}, until {clock(minute.at)}"
    return None


def _in_a_row(minutes: int) -> str:
    return "a minute" if minutes == 1 else f"{minutes:,} minutes in a row"


def _worse(query: MetricQuery, minute: QueryMinute) -> Iterator[str]:
    """Return why a minute is a worse one."""
    canary, stable = minute.canary, minute.stable
    if canary is None or not math.isfinite(canary):
        return
    if query.at_most is not None and canary > query.at_most:
        yield f"was above {query.at_most:g} ({canary:g})"
    if query.at_least is not None and canary < query.at_least:
        yield f"was below {query.at_least:g} ({canary:g})"
    if query.above_stable is None or stable is None or not math.isfinite(stable):
        return
    if canary - stable > query.above_stable:
        yield f"was above the stable version's {stable:g} by more than {query.above_stable:g} ({canary:g})"


def _unknown(
    query: MetricQuery, minutes: Sequence[QueryMinute], last: QueryMinute | None, until: datetime | None
) -> str | None:
    name = quoted_name(query.name)
    if any(value is not None and not math.isfinite(value) for each in minutes for value in (each.canary, each.stable)):
        return f"the query {name} gave what is no number"
    if last is None:
        return f"the query {name} has no value"
    end = until or minutes[-1].at + ONE_MINUTE
    if last.at < end - query.minutes * ONE_MINUTE:
        return f"the query {name} has no value since {clock(last.at)}"
    return None
