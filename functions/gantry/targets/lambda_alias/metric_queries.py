"""What CloudWatch is asked about the versions behind one target's alias."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gantry.promotion.judge.evidence import EvidenceRequest
from gantry.promotion.judge.settings import MetricQuery
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricStatTypeDef

MINUTE = 60
"""Seconds. Lambda's metrics come once a minute: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html"""
LONGEST_PERIOD = 86_400
"""Seconds. No rollout takes longer."""
CANARY, STABLE, ALIAS = "canary", "stable", "alias"
COUNTS = {"invocations": "Invocations", "errors": "Errors", "throttles": "Throttles"}
"""The counted metrics, by the ends of their ids."""
PERCENTILES = ("p50", "p90", "p99")
_WORDS = re.compile(r"""'[^']*'|"[^"]*"|\b[A-Za-z_]\w*\b""")
"""Texts, and names outside of them."""


@dataclass(frozen=True, slots=True)
class RolloutQueries:
    """All queries about one rollout. The id of a result is `<role>_<what>`, or what `own_id` says.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """

    target: LambdaTarget
    request: EvidenceRequest
    since: datetime
    """Where the first minute begins."""
    until: datetime
    """Where the last minute ends."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions by their roles."""
        roles = {CANARY: self.request.canary, STABLE: self.request.stable}
        return {role: version for role, version in roles.items() if version is not None}

    def of_function(self) -> "list[MetricDataQueryTypeDef]":
        """Return the queries about the function's own metrics."""
        return [each for role, version in self.versions.items() for each in self._of_version(role, version)]

    def own(self) -> "Mapping[str, list[MetricDataQueryTypeDef]]":
        """Return the manifest's queries, by their names."""
        return {
            query.name: [
                each
                for role, version in compared(query, self.versions).items()
                for each in _own_query(query, own_id(index, role), version)
            ]
            for index, query in enumerate(self.request.queries)
        }

    def _of_version(self, role: str, version: str) -> "Iterator[MetricDataQueryTypeDef]":
        """Yield the queries about one version.

        A percentile of the whole rollout cannot be made of its minutes' percentiles. So the period of these is as long
        as the rollout. Where CloudWatch divides the rollout into two periods, there are two values.
        """
        span = min(round((self.until - self.since).total_seconds()), LONGEST_PERIOD)
        for end, metric in COUNTS.items():
            yield {"Id": f"{role}_{end}", "MetricStat": self._stat(version, metric, "Sum")}
        if self.request.slow_after_ms is not None:
            yield {"Id": f"{role}_timed", "MetricStat": self._stat(version, "Duration", "SampleCount")}
            # The trimmed count above a bound, which is itself left out:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
            slow = f"TC({self.request.slow_after_ms}:)"
            yield {"Id": f"{role}_slow", "MetricStat": self._stat(version, "Duration", slow)}
        for percentile in PERCENTILES:
            yield {"Id": f"{role}_{percentile}", "MetricStat": self._stat(version, "Duration", percentile, span)}

    def _stat(self, version: str, metric: str, statistic: str, period: int = MINUTE) -> "MetricStatTypeDef":
        """Return one metric of the requests that came through the alias and that the version served.

        https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
        """
        dimensions = {
            "FunctionName": self.target.function,
            "Resource": f"{self.target.function}:{self.target.alias}",
            "ExecutedVersion": version,
        }
        return _metric_stat("AWS/Lambda", metric, statistic, dimensions, period)


def alias_query(target: LambdaTarget) -> "MetricDataQueryTypeDef":
    """Return the query for all requests that came through the alias, whichever version served them."""
    dimensions = {"FunctionName": target.function, "Resource": f"{target.function}:{target.alias}"}
    return {"Id": ALIAS, "MetricStat": _metric_stat("AWS/Lambda", "Invocations", "Sum", dimensions, LONGEST_PERIOD)}


def compared(query: MetricQuery, versions: Mapping[str, str]) -> Mapping[str, str]:
    """Return the versions that a query is about, by their roles."""
    return {role: version for role, version in versions.items() if role == CANARY or query.compares}


def own_id(index: int, role: str) -> str:
    """Return the id of the result of the manifest's query at an index."""
    return f"own{index}_{role}"


def renamed(expression: str, names: Mapping[str, object], prefix: str) -> str:
    """Return an expression in which each of the names has the prefix, but not where it is part of a text."""
    return _WORDS.sub(lambda word: f"{prefix}{word[0]}" if word[0] in names else word[0], expression)


def _own_query(query: MetricQuery, result: str, version: str) -> "Iterator[MetricDataQueryTypeDef]":
    """Yield the metrics and the expression. A call's ids are unique, so that all begin with the result's."""
    stats = {
        name: _metric_stat(each.namespace, each.metric, each.statistic, _filled(each.dimensions, version))
        for name, each in query.metrics.items()
    }
    if (alone := query.expression.strip()) in stats:
        yield {"Id": result, "MetricStat": stats[alone]}
        return
    for name, stat in stats.items():
        yield {"Id": f"{result}_{name}", "MetricStat": stat, "ReturnData": False}
    yield {"Id": result, "Expression": renamed(query.expression, stats, f"{result}_")}


def _filled(dimensions: Mapping[str, str], version: str) -> Mapping[str, str]:
    return {name: value.replace("{revision}", version) for name, value in dimensions.items()}


def _metric_stat(
    namespace: str, metric: str, statistic: str, dimensions: Mapping[str, str], period: int = MINUTE
) -> "MetricStatTypeDef":
    return {
        "Metric": {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        },
        "Period": period,
        "Stat": statistic,
    }
