"""GetMetricData.

Restores: a query without dimensions means the metric without dimensions, not all metrics of that name. Expressions are
evaluated. A query that is invalid has the whole call refused. A period begins at a multiple of its length, the start
time is rounded down to the minute, and the newest value comes first unless `ScanBy` says otherwise.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import datetime
import math
from collections.abc import Mapping, Sequence

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.cloudwatch.invalid_queries import problem_of
from sandbox.stand_in.repairs.cloudwatch.metric_math import Value, names_in
from sandbox.stand_in.repairs.cloudwatch.series import Window, values_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_MINUTE = 60


def apply(settings: Settings) -> None:
    """Read exactly the metrics that the queries name."""
    put_in_front(cloudwatch, "_get_metric_data", _get)


def _get(_original: Original, _params: Json, request: Json, is_cbor: bool, is_json: bool = False) -> Response:
    start = math.floor(cloudwatch._parse_ts(request["StartTime"]) / _MINUTE) * _MINUTE
    end = cloudwatch._parse_ts(request["EndTime"])
    queries = request["MetricDataQueries"]
    if problem := problem_of(queries, start, end):
        return _refusal("ValidationError", problem, is_cbor, is_json)
    windows = {
        query["Id"]: _periods(start, end, query["MetricStat"]["Period"]) for query in queries if query.get("MetricStat")
    }
    values = values_of(queries, windows)
    results = [
        _result(query, _periods_of(query["Id"], queries, windows), values[query["Id"]], request.get("ScanBy"))
        for query in queries
        if query.get("ReturnData", True)
    ]
    if is_cbor:
        return cloudwatch._cbor_ok(
            {"MetricDataResults": [cloudwatch._cbor_metric_data_result(result) for result in results]}
        )
    return cloudwatch._json_ok({"MetricDataResults": results})


def _refusal(code: str, message: str, is_cbor: bool, is_json: bool) -> Response:
    answer: Response = cloudwatch._error(code, message, 400, use_json=is_json, use_cbor=is_cbor)
    return answer


def _periods_of(name: str, queries: Sequence[Json], windows: Mapping[str, list[Window]]) -> list[Window]:
    """Return the periods of a metric, or of the first metric that an expression is about."""
    while name not in windows:
        name = names_in(next(query["Expression"] for query in queries if query["Id"] == name))[0]
    return windows[name]


def _periods(start: float, end: float, length: int) -> list[Window]:
    first, number = math.floor(start / length), math.ceil(end / length)
    return [(index * length, (index + 1) * length) for index in range(first, number)]


def _result(query: Json, periods: list[Window], values: list[Value], scan_by: str | None) -> Json:
    points = [(start, value) for (start, _), value in zip(periods, values, strict=True) if value is not None]
    if scan_by != "TimestampAscending":
        points.reverse()
    label = query.get("Label") or (query.get("MetricStat") or {}).get("Metric", {}).get("MetricName") or query["Id"]
    times = [datetime.datetime.fromtimestamp(start, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for start, _ in points]
    return {
        "Id": query["Id"],
        "Label": label,
        "Timestamps": times,
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }
