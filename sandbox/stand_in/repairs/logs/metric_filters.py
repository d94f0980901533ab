"""Metrics that are made of log events.

Restores: an event that matches a metric filter's pattern is a value of its metric, at the event's time: a number, or a
field of the event. Dimensions are fields of the event, and without one of them there is no value. A minute with events,
of which none matches, has the default value. Dimensions need a pattern with fields, and exclude a default value.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
https://github.com/aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock/pull/632 and
https://github.com/hashicorp/terraform-provider-aws/issues/22105 (the words)
Patterns for space-delimited events are not known here, so they are refused.
"""

import math
from collections.abc import Mapping, Sequence

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch, cloudwatch_logs

from sandbox.stand_in.repairs.logs.json_patterns import condition_of, field_of, is_json, is_missing, parsed
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_MOST_DIMENSIONS = 3
_MINUTE = 60


def apply(settings: Settings) -> None:
    """Check filters when they are put, and record values when events arrive."""
    put_in_front(cloudwatch_logs, "_put_metric_filter", _put)
    put_in_front(cloudwatch_logs, "_fanout_to_subscription_filters", _record)


def _put(original: Original, data: Json) -> Response:
    problem = _problem(data.get("filterPattern") or "", data.get("metricTransformations") or [])
    refusal: Response
    if problem:
        refusal = error_response_json("InvalidParameterException", problem, 400)
        return refusal
    answer: Response = original(data)
    return answer


def _problem(pattern: str, transformations: Sequence[Json]) -> str | None:
    if pattern.strip().startswith("["):
        return "The stand-in does not support patterns for space-delimited events"
    try:
        if is_json(pattern):
            condition_of(pattern)
    except ValueError:
        return "Invalid metric filter pattern"
    dimensions = [each.get("dimensions") or {} for each in transformations]
    if any(dimensions) and not is_json(pattern):
        return "The specified filter pattern does not support dimensions"
    if any(each.get("dimensions") and each.get("defaultValue") is not None for each in transformations):
        return "Invalid metric transformation: dimensions and default value are mutually exclusive properties"
    if any(len(each) > _MOST_DIMENSIONS for each in dimensions):
        return f"Invalid metric transformation: a metric has at most {_MOST_DIMENSIONS} dimensions"
    return None


def _record(original: Original, group: str, stream: str, events: Sequence[Json]) -> None:
    original(group, stream, events)
    for metric_filter in list(cloudwatch_logs._metric_filters.values()):
        if metric_filter["logGroupName"] == group:
            matches = cloudwatch_logs._compile_filter_pattern(metric_filter["filterPattern"])
            for event in events:
                for transformation in metric_filter["metricTransformations"]:
                    _transform(transformation, event, matched=matches(event["message"]))


def _transform(transformation: Json, event: Json, *, matched: bool) -> None:
    at, default = event["timestamp"] / 1000, transformation.get("defaultValue")
    if matched:
        fields = parsed(event["message"])
        value = _number(str(transformation["metricValue"]), fields)
        dimensions = _dimensions(transformation.get("dimensions") or {}, fields)
        if value is not None and dimensions is not None:
            _bucket(transformation, dimensions).append(_point(transformation, at, value, dimensions))
    elif default is not None:
        bucket, minute = _bucket(transformation, {}), math.floor(at / _MINUTE)
        if not any(math.floor(point["Timestamp"] / _MINUTE) == minute for point in bucket):
            bucket.append(_point(transformation, at, float(default), {}))


def _number(value: str, fields: object) -> float | None:
    """Return the number, or the field of this name; None if that is no number."""
    found = field_of(fields, value) if value.startswith("$") else value
    try:
        return None if is_missing(found) else float(str(found))
    except ValueError:
        return None


def _dimensions(names: Mapping[str, str], fields: object) -> dict[str, str] | None:
    found = {name: field_of(fields, selector) for name, selector in names.items()}
    if any(is_missing(value) for value in found.values()):
        return None
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in found.items()}


def _bucket(transformation: Json, dimensions: Mapping[str, str]) -> list[Json]:
    name = transformation["metricNamespace"], transformation["metricName"], cloudwatch._dims_key(dict(dimensions))
    bucket: list[Json] = cloudwatch._metric_bucket(name)
    return bucket


def _point(transformation: Json, at: float, value: float, dimensions: Mapping[str, str]) -> Json:
    unit = transformation.get("unit") or "None"
    return {"Timestamp": at, "Value": value, "Unit": unit, "Dimensions": dict(dimensions)}
