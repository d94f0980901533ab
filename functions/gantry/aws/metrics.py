"""What CloudWatch counted of a canary."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import boto3

from gantry.aws.clients import CONFIG
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_MINUTE = timedelta(minutes=1)
"""Lambda's metrics come once a minute: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html"""


class MetricsUnavailableError(Exception):
    """CloudWatch could not answer. That is not the same as no requests, and nobody may take it for that."""


class CanaryMetrics:
    """The metrics of the versions behind one target's alias."""

    def __init__(self, cloudwatch: "CloudWatchClient", target: Target) -> None:
        self._cloudwatch = cloudwatch
        self._target = target

    @classmethod
    def of(cls, target: Target, session: boto3.Session) -> Self:
        """With the credentials of a session in the target's account and region."""
        return cls(session.client("cloudwatch", config=CONFIG), target)

    def invocations(self, version: str, since: datetime, until: datetime) -> int:
        """How many requests a version served through the alias; 0 without data.

        A data point has the time its minute began, so that the time is widened to whole minutes: the minute in which
        the weight was set counts in full. CloudWatch itself rounds the start down in the same way
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). What is counted too
        much that way was served by the canary all the same, a step earlier.
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
