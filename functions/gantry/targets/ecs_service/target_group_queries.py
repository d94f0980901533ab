"""What CloudWatch is asked about the target groups of a service's revisions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.targets.ecs_service.target_groups import TargetGroup
from gantry.targets.rollout_queries import (
    LONGEST_PERIOD,
    MINUTE,
    PERCENTILES,
    RolloutQueries,
    metric_stat,
    slower_than,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricStatTypeDef

NAMESPACE = "AWS/ApplicationELB"
REQUESTS, UNREACHED, RESPONSE_TIME = "RequestCount", "TargetConnectionErrorCount", "TargetResponseTime"
ANSWERS = {f"{each}xx": f"HTTPCode_Target_{each}XX_Count" for each in range(2, 6)}
"""The answers of tasks, by the ends of their ids."""
COUNTS = {"requests": REQUESTS, "unreached": UNREACHED, **ANSWERS}
"""The counted metrics, by the ends of their ids. They come once a minute:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
MILLISECONDS = 1_000
"""One unit of TargetResponseTime, which is in seconds."""


@dataclass(frozen=True, slots=True)
class TargetGroupQueries(RolloutQueries):
    """All queries about one rollout of a service."""

    groups: Mapping[str, TargetGroup]
    """The target groups by the revisions that have one of their own."""

    def of_revision(self, role: str, revision: str) -> "Iterator[MetricDataQueryTypeDef]":
        """Yield the queries about one revision, if it has a target group of its own."""
        if (group := self.groups.get(revision)) is None:
            return
        for end, metric in COUNTS.items():
            yield {"Id": f"{role}_{end}", "MetricStat": group_stat(group, metric, "Sum")}
        if self.request.slow_after_ms is not None:
            slow = slower_than(self.request.slow_after_ms / MILLISECONDS)
            yield {"Id": f"{role}_timed", "MetricStat": group_stat(group, RESPONSE_TIME, "SampleCount")}
            yield {"Id": f"{role}_slow", "MetricStat": group_stat(group, RESPONSE_TIME, slow)}
        for each in PERCENTILES:
            yield {"Id": f"{role}_{each}", "MetricStat": group_stat(group, RESPONSE_TIME, each, self.whole_rollout)}

    def in_dimensions(self, role: str) -> str:
        """Return the target group; nothing where there is none, so that no query that names it may be asked."""
        group = self.groups.get(self.revisions[role])
        return group.name if group else ""


def group_stat(group: TargetGroup, metric: str, statistic: str, period: int = MINUTE) -> "MetricStatTypeDef":
    """Return one statistic of one metric of a target group."""
    dimensions = {"TargetGroup": group.name, "LoadBalancer": group.load_balancer}
    return metric_stat(NAMESPACE, metric, statistic, dimensions, period)


def traffic_query(name: str, group: TargetGroup) -> "MetricDataQueryTypeDef":
    """Return the query for all requests to a target group, with the id that is given."""
    return {"Id": name, "MetricStat": group_stat(group, REQUESTS, "Sum", LONGEST_PERIOD)}
