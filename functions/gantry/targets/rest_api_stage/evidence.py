"""What CloudWatch knows of a stage and of its canary: two metrics that filters make of the stage's access log.

API Gateway's own metrics do not say which deployment a request went to. The access log does, by `isCanaryRequest`:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html. So one filter
counts how long each request took, and the other one those with a status of 500 or more, both by these dimensions:
`ApiId`, `Stage` and `isCanary`. `examples/rest-api.template.yaml` has them beside the API.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from gantry.aws.metric_data import MetricData, MetricsUnknownError
from gantry.promotion.judge.evidence import ONE_MINUTE, EvidenceRequest, RevisionMinute, TargetEvidence
from gantry.targets.rollout_metrics import look_up_rollout
from gantry.targets.rollout_queries import (
    CANARY,
    LONGEST_PERIOD,
    MINUTE,
    PERCENTILES,
    STABLE,
    RolloutQueries,
    metric_stat,
    minute_of,
    slower_than,
)
from gantry.targets.rollout_series import NOTHING_KNOWN, RolloutSeries

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricStatTypeDef

LATENCY, ERRORS = "Latency", "ServerErrors"
LONGEST_REQUEST = timedelta(seconds=29)
"""How long an integration may take where nobody has raised that. AWS does not say whether a line of the log is dated
with the beginning of its request or with its end, so that either is allowed for:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
_WITHOUT_CANARY = "-"
"""What the access log says of `isCanaryRequest` on a stage without a canary."""


@dataclass(frozen=True, slots=True)
class StageMetrics:
    """The two metrics of one stage."""

    namespace: str
    api_id: str
    stage: str

    def stat(self, metric: str, statistic: str, is_canary: str, period: int = MINUTE) -> "MetricStatTypeDef":
        """Return one metric of the requests of which the access log said `isCanaryRequest`."""
        dimensions = {"ApiId": self.api_id, "Stage": self.stage, "isCanary": is_canary}
        return metric_stat(self.namespace, metric, statistic, dimensions, period)


@dataclass(frozen=True, slots=True)
class StageQueries(RolloutQueries):
    """All queries about one rollout of a stage. A revision is told by its role: the log does not name deployments."""

    metrics: StageMetrics

    def of_revision(self, role: str, revision: str) -> "Iterator[MetricDataQueryTypeDef]":
        """Yield the queries about one of the two deployments."""
        del revision
        yield {"Id": f"{role}_timed", "MetricStat": self._stat(role, LATENCY, "SampleCount")}
        yield {"Id": f"{role}_errors", "MetricStat": self._stat(role, ERRORS, "Sum")}
        if self.request.slow_after_ms is not None:
            slow = slower_than(self.request.slow_after_ms)
            yield {"Id": f"{role}_slow", "MetricStat": self._stat(role, LATENCY, slow)}
        for each in PERCENTILES:
            yield {"Id": f"{role}_{each}", "MetricStat": self._stat(role, LATENCY, each, self.whole_rollout)}

    def in_dimensions(self, role: str) -> str:
        """Return what the access log says of a role's requests in `isCanaryRequest`.

        Once the new deployment has all traffic, the stage has no canary any more.
        """
        has_canary = self.request.stable is not None
        return {CANARY: "true", STABLE: "false"}[role] if has_canary else _WITHOUT_CANARY

    def _stat(self, role: str, metric: str, statistic: str, period: int = MINUTE) -> "MetricStatTypeDef":
        return self.metrics.stat(metric, statistic, self.in_dimensions(role), period)


class StageSeries(RolloutSeries):
    """What was asked about a stage, and what CloudWatch answered."""

    metrics: ClassVar[Mapping[str, str]] = {
        "timed": LATENCY,
        "errors": ERRORS,
        "slow": "slow requests",
    }
    noun: ClassVar[str] = "deployment"

    def counted(self, role: str, at: datetime) -> RevisionMinute:
        """Return what one deployment did in a minute.

        A filter with dimensions has no default value, so that a minute without errors has no data point of them:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html. One without requests is
        unknown, like everywhere.
        """
        if role not in self.queries.revisions or any(self.series[f"{role}_{end}"].trouble for end in _COUNTED):
            return NOTHING_KNOWN
        requests, errors = (self.series[f"{role}_{end}"].values.get(at) for end in _COUNTED)
        if requests is None:
            return NOTHING_KNOWN
        return RevisionMinute(requests, min(errors or 0.0, requests), self.slow(role, at, requests))


_COUNTED = ("timed", "errors")
"""Every request is timed, so that the times are as many as the requests."""


class StageEvidence:
    """The evidence about one stage.

    Args:
        metrics: the metrics of the target's account and region.
        stage: the stage's two metrics.
        delay: how long CloudWatch may need to count a request that has ended.
    """

    def __init__(self, metrics: MetricData, stage: StageMetrics, delay: timedelta) -> None:
        self._metrics = metrics
        self._stage = stage
        self._delay = delay

    def collect(self, request: EvidenceRequest) -> TargetEvidence:
        """Return what is known of a rollout's complete minutes. What AWS refuses has its reason in `unknown`.

        Where all traffic has moved, nothing tells the new deployment's requests from those before. So the first minute
        counts in which none of these can be.

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        since, until = minute_of(request.since), minute_of(request.now - LONGEST_REQUEST - self._delay)
        if request.stable is None:
            since = minute_of(request.since + LONGEST_REQUEST) + ONE_MINUTE
        if until <= since:
            return TargetEvidence()
        queries = StageQueries(request, since, until, self._stage)
        try:
            found, refused = look_up_rollout(self._metrics, queries)
        except MetricsUnknownError as error:
            return TargetEvidence(unknown=(str(error),))
        return StageSeries(queries, found, refused).evidence()

    def requests_per_second(self, since: datetime, until: datetime) -> float | None:
        """Return how many requests the stage served, each second on average; None when CloudWatch does not say.

        With a canary and without.

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        marks = {"with": "false", "canary": "true", "without": _WITHOUT_CANARY}
        queries: list[MetricDataQueryTypeDef] = [
            {"Id": each, "MetricStat": self._stage.stat(LATENCY, "SampleCount", mark, LONGEST_PERIOD)}
            for each, mark in marks.items()
        ]
        try:
            found = self._metrics.look_up(queries, since, until)
        except MetricsUnknownError:
            return None
        if any(each.trouble for each in found.values()) or not any(each.values for each in found.values()):
            return None
        return sum(sum(each.values.values()) for each in found.values()) / (until - since).total_seconds()
