"""What CloudWatch knows of a service's two revisions: the load balancer's metrics of each one's target group."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.metric_data import MetricData, MetricsUnknownError
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.judge.settings import MetricQuery
from gantry.promotion.visible_text import foreign, quoted_name
from gantry.targets.ecs_service.target_group_queries import TargetGroupQueries, traffic_query
from gantry.targets.ecs_service.target_group_series import TargetGroupSeries
from gantry.targets.ecs_service.target_groups import TargetGroup, all_groups, own_groups
from gantry.targets.rollout_metrics import look_up_rollout
from gantry.targets.rollout_queries import minute_of, names_revision


class DescribedService(Protocol):
    """What ECS says of a service."""

    @property
    def service(self) -> Mapping[str, Any]:
        """What DescribeServices says."""

    @property
    def revisions(self) -> Mapping[str, Mapping[str, Any]]:
        """What DescribeServiceRevisions says of those that run, or are deployed from or to, by their ARNs."""


class TargetGroupEvidence:
    """The evidence about one service.

    Args:
        metrics: the metrics of the target's account and region.
        describe: asks ECS for the service; None when there is none.
        delay: how long CloudWatch may need to count what it was sent.
    """

    def __init__(self, metrics: MetricData, describe: Callable[[], DescribedService | None], delay: timedelta) -> None:
        self._metrics = metrics
        self._describe = describe
        self._delay = delay

    def collect(self, request: EvidenceRequest) -> TargetEvidence:
        """Return what is known of a rollout's complete minutes. What AWS refuses has its reason in `unknown`.

        The load balancer sends what it has counted each minute, however long requests take. So a minute is complete
        when that has arrived; the newest one may be partial: https://github.com/Netflix/atlas/pull/1300

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        since, until = minute_of(request.since), minute_of(request.now - self._delay)
        if until <= since:
            return TargetEvidence()
        groups, missing = self._look([each for each in (request.canary, request.stable) if each is not None])
        unasked = [each for each in request.queries if _needs_group(each, request, groups)]
        asked = tuple(each for each in request.queries if each not in unasked)
        queries = TargetGroupQueries(replace(request, queries=asked), since, until, groups)
        compared = request.stable is not None  # otherwise no group keeps the canary from being called healthy
        unknown = (*(missing if compared else ()), *_why_unasked(unasked))
        try:
            found, refused = look_up_rollout(self._metrics, queries)
        except MetricsUnknownError as error:
            return TargetEvidence(unknown=(*unknown, str(error)))
        evidence = TargetGroupSeries(queries, found, refused).evidence()
        return replace(evidence, unknown=(*unknown, *evidence.unknown))

    def requests_per_second(self, since: datetime, until: datetime) -> float | None:
        """Return how many requests the service had, each second on average; None when CloudWatch does not say.

        The load balancer sends nothing while it has no requests.

        Raises:
            TargetAccessError: the workload account refuses the pipeline.
        """
        try:
            described = self._describe()
            groups = all_groups(described.service) if described else ()
            queries = [traffic_query(f"group{number}", group) for number, group in enumerate(groups)]
            found = self._metrics.look_up(queries, since, until) if queries else {}
        except (BotoCoreError, ClientError, MetricsUnknownError):
            return None
        if not found or any(each.trouble for each in found.values()):
            return None
        return sum(sum(each.values.values()) for each in found.values()) / (until - since).total_seconds()

    def _look(self, wanted: list[str]) -> tuple[Mapping[str, TargetGroup], tuple[str, ...]]:
        """Return the target groups of the revisions, and why some are missing."""
        try:
            described = self._describe()
        except (BotoCoreError, ClientError) as error:
            said = f"ECS did not say which target groups the service's tasks are in ({foreign(str(error))})"
            return {}, (f"{said}: the next look asks again",)
        groups = own_groups(described.revisions.values(), wanted) if described else {}
        return groups, tuple(_without_group(each) for each in wanted if each not in groups)


def _without_group(revision: str) -> str:
    return (
        f"the requests of {revision} are not counted: its tasks are in no target group of their own behind an "
        "Application Load Balancer"
    )


def _needs_group(query: MetricQuery, request: EvidenceRequest, groups: Mapping[str, TargetGroup]) -> bool:
    """Whether a query names the target group of a revision that has none. Without a name, it could count others."""
    roles = (request.canary, request.stable if query.compares else None)
    return names_revision(query) and any(each is not None and each not in groups for each in roles)


def _why_unasked(queries: list[MetricQuery]) -> Iterator[str]:
    for each in queries:
        yield f"the query {quoted_name(each.name)}: {{revision}} stands for a target group, and it is not known"
