"""The values of metrics and expressions, period by period."""

from collections.abc import Mapping, Sequence

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch.metric_math import Value, evaluate, names_in
from sandbox.stand_in.repairs.cloudwatch.statistics import value_of
from sandbox.stand_in.repairs.replacing import Json

Window = tuple[float, float]  # from (included) and to (excluded), in seconds since the epoch


def values_of(queries: Sequence[Json], windows: Mapping[str, Sequence[Window]]) -> dict[str, list[Value]]:
    """Return the values of every metric and expression by its id; `windows` has the periods of each metric's id.

    An expression has the periods of the metrics that it is about, which have to be the same.
    """
    found = {
        query["Id"]: [statistic(query["MetricStat"], window) for window in windows[query["Id"]]]
        for query in queries
        if query.get("MetricStat")
    }
    expressions = {query["Id"]: query["Expression"] for query in queries if query.get("Expression")}

    def values(name: str) -> list[Value]:
        if name not in found:
            columns = {each: values(each) for each in names_in(expressions[name])}
            rows = zip(*columns.values(), strict=True)
            found[name] = [evaluate(expressions[name], dict(zip(columns, row, strict=True))) for row in rows]
        return found[name]

    return {query["Id"]: values(query["Id"]) for query in queries}


def statistic(metric_stat: Json, window: Window) -> Value:
    """Return one statistic of exactly the named metric, with all its dimensions and no others."""
    metric, start, end = metric_stat["Metric"], *window
    name = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions_of(metric)))
    points = [point for point in cloudwatch._metrics.get(name) or [] if start <= point["Timestamp"] < end]
    return value_of(points, metric_stat["Stat"])


def dimensions_of(metric: Json) -> dict[str, str]:
    """Return the dimensions, which come as a list of names and values or as a mapping."""
    dimensions = metric.get("Dimensions") or []
    if isinstance(dimensions, dict):
        return dimensions
    return {dimension["Name"]: str(dimension["Value"]) for dimension in dimensions}
