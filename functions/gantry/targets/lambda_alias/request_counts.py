"""The requests that CloudWatch counted for a canary."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gantry.targets.lambda_alias.lambda_target import LambdaTarget

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_MINUTE = timedelta(minutes=1)
"""Lambda's metrics come once a minute: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html"""


class MetricsUnavailableError(Exception):
    """CloudWatch could not answer. That does not mean that there were no requests."""


class RequestCounts:
    """The requests that each version behind one target's alias served."""

    def __init__(self, cloudwatch: "CloudWatchClient", target: LambdaTarget) -> None:
        self._cloudwatch = cloudwatch
        self._target = target

    def requests(self, version: str, since: datetime, until: datetime) -> int:
        """Return how many requests a version served through the alias; 0 without data.

        A data point has the time when its minute began, so that whole minutes are counted: the minute in which the
        weight was set counts in full. CloudWatch rounds the start down in the same way
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). The canary served
        those requests too, in the step before.
        """
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[self._query(version)],
            StartTime=_minute(since),
            EndTime=_minute(until) + _MINUTE,
        )
        counted = 0.0
        for page in pages:
            for result in page["MetricDataResults"]:
                if result["StatusCode"] not in {"Complete", "PartialData"}:
                    raise MetricsUnavailableError(
                        f"{self._target.id}: {result['StatusCode']} {result.get('Messages', '')}"
                    )
                counted += sum(result["Values"])
        return round(counted)

    def _query(self, version: str) -> "MetricDataQueryTypeDef":
        dimensions = {
            "FunctionName": self._target.function,
            "Resource": f"{self._target.function}:{self._target.alias}",
            "ExecutedVersion": version,
        }
        return {
            "Id": "invocations",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Invocations",
                    "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                },
                "Period": round(_MINUTE.total_seconds()),
                "Stat": "Sum",
            },
        }


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
