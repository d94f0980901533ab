"""The values of metrics and expressions, period by period."""

from collections.abc import Mapping, Sequence

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch.metric_math import Value, evaluate
from sandbox.stand_in.repairs.replacing import Json

Window = tuple[float, float]  # from (included) and to (excluded), in seconds since the epoch


def values_of(queries: Sequence[Json], windows: Mapping[str, Sequence[Window]]) -> dict[str, list[Value]]:
    """Return the values of every metric and expression by its id; `windows` has the periods of each metric's id."""
    values = {
        query["Id"]: [statistic(query["MetricStat"], window) for window in windows[query["Id"]]]
        for query in queries
        if query.get("MetricStat")
    }
    for query in queries:
        if query.get("Expression"):
            length = min((len(column) for column in values.values()), default=0)
            rows = [{name: column[index] for name, column in values.items()} for index in range(length)]
            values[query["Id"]] = [evaluate(query["Expression"], row) for row in rows]
    return values


def statistic(metric_stat: Json, window: Window) -> Value:
    """Return one statistic of exactly the named metric, with all its dimensions and no others."""
    metric, start, end = metric_stat["Metric"], *window
    name = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions_of(metric)))
    points = [point for point in cloudwatch._metrics.get(name) or [] if start <= point["Timestamp"] < end]
    if not points:
        return None
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), metric_stat["Stat"], points)
    return None if value is None else float(value)


def dimensions_of(metric: Json) -> dict[str, str]:
    """Return the dimensions, which come as a list of names and values or as a mapping."""
    dimensions = metric.get("Dimensions") or []
    if isinstance(dimensions, dict):
        return dimensions
    return {dimension["Name"]: str(dimension["Value"]) for dimension in dimensions}
