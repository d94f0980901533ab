"""The metrics of every invocation.

Restores: Lambda records Invocations, Errors, Throttles and Duration of every invocation, also of asynchronous ones and
those by API Gateway. It records them by function, by `Resource` (`function:alias` or `function:version`), by `Resource`
and `ExecutedVersion` behind an alias, and for the whole account.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import time

from ministack.services import cloudwatch, lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_PARTS_OF_A_QUALIFIED_ARN = 8


def apply(settings: Settings) -> None:
    """Record where the function runs, not where it is called."""
    put_in_front(lambda_svc, "_execute_function_dispatch", _recorded)
    put_in_front(lambda_svc, "_emit_lambda_metrics", _only_throttles)


def _recorded(original: Original, func: Json, config: Json, *details: object) -> Json:
    started = time.monotonic()
    result: Json = original(func, config, *details)
    milliseconds = (time.monotonic() - started) * 1000
    for dimensions in _dimensions(config):
        _record(dimensions, errors=int(bool(result.get("error"))), throttles=0, milliseconds=milliseconds)
    return result


def _only_throttles(_original: Original, function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    if throttle:
        for dimensions in ({}, {"FunctionName": function_name}):
            _record(dimensions, errors=0, throttles=1, milliseconds=None)


def _dimensions(config: Json) -> list[dict[str, str]]:
    """Return the sets of dimensions that count one invocation."""
    name = config["FunctionName"]
    function, arn = {"FunctionName": name}, config["FunctionArn"].split(":")
    if len(arn) < _PARTS_OF_A_QUALIFIED_ARN:
        return [{}, function, {**function, "Resource": name}]
    resource = {**function, "Resource": f"{name}:{arn[-1]}"}
    behind_alias = [{**resource, "ExecutedVersion": config["Version"]}] if arn[-1] != config["Version"] else []
    return [{}, function, resource, *behind_alias]


def _record(dimensions: dict[str, str], errors: int, throttles: int, milliseconds: float | None) -> None:
    if milliseconds is not None:
        cloudwatch.record_metric("AWS/Lambda", "Invocations", 1, "Count", dimensions)
        cloudwatch.record_metric("AWS/Lambda", "Errors", errors, "Count", dimensions)
        cloudwatch.record_metric("AWS/Lambda", "Duration", milliseconds, "Milliseconds", dimensions)
    cloudwatch.record_metric("AWS/Lambda", "Throttles", throttles, "Count", dimensions)
