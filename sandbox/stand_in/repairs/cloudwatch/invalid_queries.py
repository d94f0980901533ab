"""What makes CloudWatch refuse a GetMetricData call as a whole, with a ValidationError.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
AWS documents the rules, but not the words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sandbox.stand_in.repairs.cloudwatch.metric_math import evaluate, names_in
from sandbox.stand_in.repairs.cloudwatch.statistics import is_known
from sandbox.stand_in.repairs.replacing import Json

_MOST_QUERIES = 500
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_SHORT_PERIODS = frozenset({1, 5, 10, 20, 30})
_MINUTE = 60


def problem_of(queries: Sequence[Json], start: float, end: float) -> str | None:
    """Return what CloudWatch says of the first problem; None if there is none."""
    if not 0 < len(queries) <= _MOST_QUERIES:
        return f"The collection MetricDataQueries must have between 1 and {_MOST_QUERIES} members."
    if start >= end:
        return "The parameter StartTime must be less than the parameter EndTime."
    ids = [str(query.get("Id")) for query in queries]
    if len(set(ids)) < len(ids):
        return "The values for parameter id in MetricDataQueries are not unique."
    by_id = dict(zip(ids, queries, strict=True))
    return next((each for index, query in enumerate(queries, 1) for each in _problems(index, query, by_id)), None)


def _problems(index: int, query: Json, by_id: Mapping[str, Json]) -> Iterator[str]:
    member = f"MetricDataQueries.member.{index}"
    if not _ID.fullmatch(str(query.get("Id"))):
        pattern = "^[a-z][a-zA-Z0-9_]*$"
        yield f"The value {query.get('Id')} for parameter {member}.Id is not matching the expected pattern {pattern}."
    stat, expression = query.get("MetricStat"), query.get("Expression")
    if (stat is None) == (expression is None):
        yield f"Exactly one of the parameters {member}.Expression and {member}.MetricStat has to be given."
    if stat is not None and not is_known(stat["Stat"]):
        yield f"The value {stat['Stat']} for parameter {member}.MetricStat.Stat is not supported."
    if stat is not None and stat["Period"] % _MINUTE and stat["Period"] not in _SHORT_PERIODS:
        yield f"The value {stat['Period']} for parameter {member}.MetricStat.Period is not a multiple of 60."
    if expression is not None and (problem := _problem_in(expression, query["Id"], by_id)):
        yield f"Error in expression '{query['Id']}': {problem}"


def _problem_in(expression: str, own: str, by_id: Mapping[str, Json]) -> str | None:
    try:
        names = names_in(expression)
        if not names:
            return "it is about no metric, which the stand-in does not support"
        if unknown := [name for name in names if name not in by_id]:
            return f"Unknown identifier {unknown[0]}"
        evaluate(expression, dict.fromkeys(names, 1.0))
        metrics = _metrics_of(own, by_id)
    except (ValueError, KeyError, IndexError) as error:
        return str(error)
    periods = {by_id[name]["MetricStat"]["Period"] for name in metrics}
    return "metrics of different periods, which the stand-in does not support" if len(periods) > 1 else None


def _metrics_of(name: str, by_id: Mapping[str, Json], users: tuple[str, ...] = ()) -> set[str]:
    """Return the ids of all metrics that a query is about, itself or by the expressions in it."""
    if name in users:
        raise ValueError(f"{name} is about itself")
    query = by_id.get(name, {})
    if not query.get("Expression"):
        return {name} if query.get("MetricStat") else set()
    return set().union(*(_metrics_of(each, by_id, (*users, name)) for each in names_in(query["Expression"])))
