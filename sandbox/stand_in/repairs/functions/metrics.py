"""The metrics of every invocation.

Restores: Lambda records Invocations, Errors, Throttles and Duration of every invocation, also of asynchronous ones and
those by API Gateway. It records them by function, by `Resource` (`function:alias` or `function:version`), by `Resource`
and `ExecutedVersion` behind an alias, and for the whole account. Their time is that at which the invocation began. A
throttled request counts once, and has no other metric. The concurrency that is reserved for a function is for all of
its versions together.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

import time
from collections.abc import Mapping

from ministack.services import cloudwatch, lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_PARTS_OF_A_QUALIFIED_ARN = 8


def apply(settings: Settings) -> None:
    """Record where the function runs, not where it is called."""
    put_in_front(lambda_svc, "_execute_function_dispatch", _recorded)
    put_in_front(lambda_svc, "_acquire_execution_slot", _throttled)
    put_in_front(lambda_svc, "_emit_lambda_metrics", lambda *_, **__: None)


def _recorded(original: Original, func: Json, config: Json, *details: object) -> Json:
    began, started = time.time(), time.monotonic()
    result: Json = original(func, config, *details)
    milliseconds = (time.monotonic() - started) * 1000
    for dimensions in _dimensions(config):
        record_requests(dimensions, began, 1, int(bool(result.get("error"))), milliseconds)
    return result


def _throttled(original: Original, func: Json, config: Json) -> tuple[str | None, str | None]:
    own = lambda_svc._functions.get(config["FunctionName"]) or {}
    slot, limit = original({**func, "concurrency": own.get("concurrency")}, config)
    if slot is None:
        for dimensions in _dimensions(config):
            record_throttles(dimensions, time.time(), 1)
    return slot, limit


def record_requests(dimensions: Mapping[str, str], at: float, requests: int, failed: int, milliseconds: float) -> None:
    """Record requests that began at one moment, in seconds since the epoch, and took equally long."""
    _record("Invocations", dimensions, at, {1: requests})
    _record("Errors", dimensions, at, {1: failed, 0: requests - failed})
    _record("Throttles", dimensions, at, {0: requests})
    _record("Duration", dimensions, at, {milliseconds: requests})


def record_throttles(dimensions: Mapping[str, str], at: float, requests: int) -> None:
    """Record requests that were refused at one moment, in seconds since the epoch."""
    _record("Throttles", dimensions, at, {1: requests})


def _record(metric: str, dimensions: Mapping[str, str], at: float, values: Mapping[float, int]) -> None:
    """Record values of one moment, each with how often it was seen. The library's own function knows only the present.

    A data point with a count stands for as many values:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    """
    bucket = cloudwatch._metric_bucket(("AWS/Lambda", metric, cloudwatch._dims_key(dict(dimensions))))
    unit = "Milliseconds" if metric == "Duration" else "Count"
    for value, times in values.items():
        if times:
            point = {"Timestamp": at, "Value": float(value), "Count": float(times), "Unit": unit}
            bucket.append({**point, "Dimensions": dict(dimensions)})


def _dimensions(config: Json) -> list[dict[str, str]]:
    """Return the sets of dimensions that count one invocation."""
    name, arn = config["FunctionName"], config["FunctionArn"].split(":")
    if len(arn) < _PARTS_OF_A_QUALIFIED_ARN:
        function = {"FunctionName": name}
        return [{}, function, {**function, "Resource": name}]
    return counted_by(name, arn[-1], config["Version"])


def counted_by(function: str, qualifier: str, version: str) -> list[dict[str, str]]:
    """Return the sets of dimensions that count an invocation of a function by an alias or a version."""
    named = {"FunctionName": function}
    resource = {**named, "Resource": f"{function}:{qualifier}"}
    behind_alias = [{**resource, "ExecutedVersion": version}] if qualifier != version else []
    return [{}, named, resource, *behind_alias]
