"""What CloudWatch is asked about the two revisions of a rollout, whatever the kind."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gantry.promotion.judge.evidence import EvidenceRequest
from gantry.promotion.judge.settings import MetricQuery

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricStatTypeDef

MINUTE = 60
"""Seconds. Evidence comes minute by minute."""
LONGEST_PERIOD = 86_400
"""Seconds. No rollout takes longer."""
CANARY, STABLE = "canary", "stable"
PERCENTILES = ("p50", "p90", "p99")
_REVISION = "{revision}"
_WORDS = re.compile(r"""'[^']*'|"[^"]*"|\b[A-Za-z_]\w*\b""")
"""Texts, and names outside of them."""


@dataclass(frozen=True, slots=True)
class RolloutQueries(ABC):
    """All queries about one rollout. The id of a result is `<role>_<what>`, or what `own_id` says.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """

    request: EvidenceRequest
    since: datetime
    """Where the first minute begins."""
    until: datetime
    """Where the last minute ends."""

    @abstractmethod
    def of_revision(self, role: str, revision: str) -> "Iterator[MetricDataQueryTypeDef]":
        """Yield the queries about the service's metrics of one revision."""

    @property
    def revisions(self) -> Mapping[str, str]:
        """The revisions by their roles."""
        roles = {CANARY: self.request.canary, STABLE: self.request.stable}
        return {role: revision for role, revision in roles.items() if revision is not None}

    def of_service(self) -> "list[MetricDataQueryTypeDef]":
        """Return the queries about the service's metrics of all revisions."""
        return [each for role, revision in self.revisions.items() for each in self.of_revision(role, revision)]

    def in_dimensions(self, role: str) -> str:
        """Return what `{revision}` stands for in the manifest's queries."""
        return self.revisions[role]

    def own(self) -> "Mapping[str, list[MetricDataQueryTypeDef]]":
        """Return the manifest's queries, by their names."""
        return {
            query.name: [
                each
                for role in compared(query, self.revisions)
                for each in _own_query(query, own_id(index, role), self.in_dimensions(role))
            ]
            for index, query in enumerate(self.request.queries)
        }

    @property
    def whole_rollout(self) -> int:
        """The period of what cannot be made of its minutes, like a percentile.

        Where CloudWatch divides the rollout into two periods, there are two values.
        """
        return min(round((self.until - self.since).total_seconds()), LONGEST_PERIOD)


def minute_of(at: datetime) -> datetime:
    """Return where the minute of a moment begins."""
    return at.replace(second=0, microsecond=0)


def slower_than(bound: float) -> str:
    """Return the statistic that counts what is above a bound in the metric's unit. The bound itself is left out.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    return f"TC({f'{bound:.3f}'.rstrip('0').rstrip('.')}:)"


def names_revision(query: MetricQuery) -> bool:
    """Whether a query asks about one revision only, by `{revision}` in a dimension."""
    return any(_REVISION in value for each in query.metrics.values() for value in each.dimensions.values())


def compared(query: MetricQuery, revisions: Mapping[str, str]) -> Mapping[str, str]:
    """Return the revisions that a query is about, by their roles."""
    return {role: revision for role, revision in revisions.items() if role == CANARY or query.compares}


def own_id(index: int, role: str) -> str:
    """Return the id of the result of the manifest's query at an index."""
    return f"own{index}_{role}"


def renamed(expression: str, names: Mapping[str, object], prefix: str) -> str:
    """Return an expression in which each of the names has the prefix, but not where it is part of a text."""
    return _WORDS.sub(lambda word: f"{prefix}{word[0]}" if word[0] in names else word[0], expression)


def metric_stat(
    namespace: str, metric: str, statistic: str, dimensions: Mapping[str, str], period: int = MINUTE
) -> "MetricStatTypeDef":
    """Return one statistic of one metric, as GetMetricData takes it."""
    return {
        "Metric": {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        },
        "Period": period,
        "Stat": statistic,
    }


def _own_query(query: MetricQuery, result: str, revision: str) -> "Iterator[MetricDataQueryTypeDef]":
    """Yield the metrics and the expression. A call's ids are unique, so that all begin with the result's."""
    stats = {
        name: metric_stat(each.namespace, each.metric, each.statistic, _filled(each.dimensions, revision))
        for name, each in query.metrics.items()
    }
    if (alone := query.expression.strip()) in stats:
        yield {"Id": result, "MetricStat": stats[alone]}
        return
    for name, stat in stats.items():
        yield {"Id": f"{result}_{name}", "MetricStat": stat, "ReturnData": False}
    yield {"Id": result, "Expression": renamed(query.expression, stats, f"{result}_")}


def _filled(dimensions: Mapping[str, str], revision: str) -> Mapping[str, str]:
    return {name: value.replace(_REVISION, revision) for name, value in dimensions.items()}
