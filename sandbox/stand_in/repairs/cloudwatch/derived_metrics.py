"""Metrics that AWS derives by itself.

Restores: `AWS/States` counts executions by their status, and lines that a function prints in the embedded metric
format become metrics.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json

from ministack.services import cloudwatch, lambda_svc, stepfunctions

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_COUNTED_AS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def apply(settings: Settings) -> None:
    """Record them at their source."""
    put_in_front(stepfunctions, "_emit_execution_status_event", _count_execution)
    put_in_front(lambda_svc, "_emit_lambda_logs", _read_log)


def _count_execution(original: Original, execution: Json) -> None:
    machine = {"StateMachineArn": execution["stateMachineArn"]}
    cloudwatch.record_metric("AWS/States", _COUNTED_AS[execution["status"]], 1, "Count", machine)
    original(execution)


def _read_log(original: Original, func: Json, request_id: str, log_text: str, *rest: object, **options: object) -> None:
    for line in (log_text or "").splitlines():
        if '"_aws"' in line:
            _record_embedded(line)
    original(func, request_id, log_text, *rest, **options)


def _record_embedded(line: str) -> None:
    try:
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"] or [[]]:
                dimensions = {name: str(document[name]) for name in names}
                _record(directive, document, dimensions)
    except (ValueError, KeyError, TypeError):
        return  # CloudWatch ignores what it cannot read


def _record(directive: Json, document: Json, dimensions: dict[str, str]) -> None:
    for metric in directive["Metrics"]:
        values = document[metric["Name"]]
        for value in values if isinstance(values, list) else [values]:
            unit = metric.get("Unit", "None")
            cloudwatch.record_metric(directive["Namespace"], metric["Name"], value, unit, dimensions)
