"""What CloudWatch knows of the two versions behind one target's alias."""

from dataclasses import replace
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.metric_data import MetricData, MetricsUnknownError
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.target import Target
from gantry.promotion.visible_text import foreign
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.metric_queries import ALIAS, VersionQueries, alias_query
from gantry.targets.lambda_alias.timeouts import LONGEST_TIMEOUT, Timeouts
from gantry.targets.lambda_alias.version_series import VersionSeries
from gantry.targets.rollout_metrics import look_up_rollout
from gantry.targets.rollout_queries import minute_of


class VersionEvidence:
    """The evidence about one target's versions.

    Args:
        metrics: the metrics of the target's account and region.
        target: the function and its alias.
        timeouts: the timeouts of its versions.
        delay: how long CloudWatch may need to count an invocation that has ended.
    """

    def __init__(self, metrics: MetricData, target: Target, timeouts: Timeouts, delay: timedelta) -> None:
        self._metrics = metrics
        self._target = target
        self._timeouts = timeouts
        self._delay = delay

    def collect(self, request: EvidenceRequest) -> TargetEvidence:
        """Return what is known of a rollout's complete minutes. What AWS refuses has its reason in `unknown`.

        The time of a metric is that at which its invocation began. So a minute is complete when its last invocation
        must have ended and been counted: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        if minute_of(request.now - self._delay) <= minute_of(request.since):
            return TargetEvidence()  # whatever the timeouts are, no minute is complete yet
        versions = [each for each in (request.canary, request.stable) if each is not None]
        try:
            return self._collect(request, self._timeouts.longest(self._target, versions))
        except (BotoCoreError, ClientError) as error:
            found = self._collect(request, LONGEST_TIMEOUT)
            said = (
                f"Lambda did not say how long the versions may run, so Gantry waits 15 minutes ({foreign(str(error))})"
            )
            return replace(found, unknown=(*found.unknown, said))

    def requests_per_second(self, since: datetime, until: datetime) -> float | None:
        """Return how many requests came through the alias, each second on average; None when CloudWatch does not say.

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        try:
            found = self._metrics.look_up([alias_query(LambdaTarget.of(self._target))], since, until)[ALIAS]
        except MetricsUnknownError:
            return None
        return None if found.trouble else sum(found.values.values()) / (until - since).total_seconds()

    def _collect(self, request: EvidenceRequest, longest: timedelta) -> TargetEvidence:
        since, until = minute_of(request.since), minute_of(request.now - longest - self._delay)
        if until <= since:
            return TargetEvidence()
        queries = VersionQueries(request, since, until, LambdaTarget.of(self._target))
        try:
            found, refused = look_up_rollout(self._metrics, queries)
        except MetricsUnknownError as error:
            return TargetEvidence(unknown=(str(error),))
        return VersionSeries(queries, found, refused).evidence()
