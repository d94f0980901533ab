"""What CloudWatch is asked about the versions behind one target's alias."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.rollout_queries import (
    LONGEST_PERIOD,
    MINUTE,
    PERCENTILES,
    RolloutQueries,
    metric_stat,
    slower_than,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricStatTypeDef

ALIAS = "alias"
COUNTS = {"invocations": "Invocations", "errors": "Errors", "throttles": "Throttles"}
"""The counted metrics, by the ends of their ids. They come once a minute:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html"""


@dataclass(frozen=True, slots=True)
class VersionQueries(RolloutQueries):
    """All queries about one rollout of a function."""

    target: LambdaTarget

    def of_revision(self, role: str, revision: str) -> "Iterator[MetricDataQueryTypeDef]":
        """Yield the queries about one version."""
        for end, metric in COUNTS.items():
            yield {"Id": f"{role}_{end}", "MetricStat": self._stat(revision, metric, "Sum")}
        if self.request.slow_after_ms is not None:
            yield {"Id": f"{role}_timed", "MetricStat": self._stat(revision, "Duration", "SampleCount")}
            slow = slower_than(self.request.slow_after_ms)
            yield {"Id": f"{role}_slow", "MetricStat": self._stat(revision, "Duration", slow)}
        for each in PERCENTILES:
            yield {
                "Id": f"{role}_{each}",
                "MetricStat": self._stat(revision, "Duration", each, self.whole_rollout),
            }

    def _stat(self, version: str, metric: str, statistic: str, period: int = MINUTE) -> "MetricStatTypeDef":
        """Return one metric of the requests that came through the alias and that the version served.

        https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
        """
        dimensions = {
            "FunctionName": self.target.function,
            "Resource": f"{self.target.function}:{self.target.alias}",
            "ExecutedVersion": version,
        }
        return metric_stat("AWS/Lambda", metric, statistic, dimensions, period)


def alias_query(target: LambdaTarget) -> "MetricDataQueryTypeDef":
    """Return the query for all requests that came through the alias, whichever version served them."""
    dimensions = {"FunctionName": target.function, "Resource": f"{target.function}:{target.alias}"}
    return {"Id": ALIAS, "MetricStat": metric_stat("AWS/Lambda", "Invocations", "Sum", dimensions, LONGEST_PERIOD)}
