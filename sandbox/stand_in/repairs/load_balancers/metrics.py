"""What a load balancer counts of the requests that it answers.

Restores: `AWS/ApplicationELB` has, by `LoadBalancer`, and by `LoadBalancer` and `TargetGroup`: RequestCount of each
request for which a target was chosen; HTTPCode_Target_2XX_Count (and 3XX, 4XX, 5XX), TargetResponseTime in seconds and
TargetConnectionErrorCount only where there is one, so that a group without errors has no value at all, not 0. An answer
that the load balancer makes itself is in HTTPCode_ELB_5XX_Count, by `LoadBalancer` only.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
A group without requests has no RequestCount here. AWS says both that this is reported while there are registered
targets, and that nothing is reported of which there is no data.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ministack.services import cloudwatch

from sandbox.stand_in.repairs.replacing import Json

NAMESPACE = "AWS/ApplicationELB"
_COUNT, _SECONDS = "Count", "Seconds"


class Way(NamedTuple):
    """Where a request went: a load balancer and a target group, by their ARNs."""

    load_balancer: str
    group: str

    @property
    def dimensions(self) -> list[dict[str, str]]:
        """The sets of dimensions that count a request for which a target was chosen."""
        balancer = {"LoadBalancer": self.load_balancer.split(":loadbalancer/")[-1]}
        return [balancer, {**balancer, "TargetGroup": self.group.rsplit(":", 1)[-1]}]


def record_answers(way: Way, at: float, status: int, seconds: float, times: int = 1) -> None:
    """Record answers of a group's targets, of which each took so long, to requests at one moment."""
    for name, value, unit in (
        ("RequestCount", 1.0, _COUNT),
        (f"HTTPCode_Target_{status // 100}XX_Count", 1.0, _COUNT),
        ("TargetResponseTime", seconds, _SECONDS),
    ):
        _record(name, way.dimensions, {"Timestamp": at, "Value": value, "Count": float(times), "Unit": unit})


def record_failed_connections(way: Way, at: float, times: int = 1) -> None:
    """Record requests for which a target was chosen that could not be reached."""
    point = {"Timestamp": at, "Value": 1.0, "Count": float(times), "Unit": _COUNT}
    _record("RequestCount", way.dimensions, point)
    _record("TargetConnectionErrorCount", way.dimensions, point)
    record_own_errors(way, at, times)


def record_own_errors(way: Way, at: float, times: int = 1) -> None:
    """Record requests that the load balancer could not answer by a target."""
    point = {"Timestamp": at, "Value": 1.0, "Count": float(times), "Unit": _COUNT}
    _record("HTTPCode_ELB_5XX_Count", way.dimensions[:1], point)


def _record(metric: str, each: Iterable[dict[str, str]], point: Json) -> None:
    for dimensions in each:
        bucket = cloudwatch._metric_bucket((NAMESPACE, metric, cloudwatch._dims_key(dimensions)))
        bucket.append({**point, "Dimensions": dimensions})
