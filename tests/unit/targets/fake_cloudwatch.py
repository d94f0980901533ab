"""CloudWatch's metrics of invocations in memory, at the place of its boto3 client, for one account and region."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from tests.unit.targets.fake_client import Answer, FakeClient, counted

Points = list[tuple[datetime, float]]


@dataclass
class FakeCloudWatch(FakeClient):
    """As far as it is asked for: metrics, and no expressions. What has no data has no values."""

    status: str = "Complete"
    """What becomes of every query: `Complete`, `PartialData`, `InternalError` or `Forbidden`."""
    points: dict[tuple[str, ...], Points] = field(default_factory=dict)
    """The data of each metric, by its name and the values of its dimensions, each with the time of an invocation."""

    def serve(  # noqa: PLR0913, PLR0917 -- as Lambda would
        self,
        function: str,
        alias: str,
        version: str,
        at: datetime,
        times: int = 1,
        failed: int = 0,
        milliseconds: float = 100,
    ) -> None:
        """Let a version behind an alias serve requests, of which some fail."""
        for number in range(times):
            values = {"Invocations": 1, "Errors": int(number < failed), "Throttles": 0, "Duration": milliseconds}
            for metric, value in values.items():
                self.put(metric, at, value, function, f"{function}:{alias}", version)
                self.put(metric, at, value, function, f"{function}:{alias}")

    def put(self, metric: str, at: datetime, value: float, *dimensions: str) -> None:
        """Add one value of a metric."""
        self.points.setdefault((metric, *dimensions), []).append((at, value))

    def get_paginator(self, operation: str) -> Self:
        assert operation == "get_metric_data"
        return self

    def paginate(self, *, MetricDataQueries: Sequence[Any], StartTime: datetime, EndTime: datetime) -> Iterator[Answer]:
        """Return one page."""
        yield self.get_metric_data(MetricDataQueries=MetricDataQueries, StartTime=StartTime, EndTime=EndTime)

    @counted
    def get_metric_data(self, *, MetricDataQueries: Sequence[Any], StartTime: datetime, EndTime: datetime) -> Answer:
        assert StartTime < EndTime
        assert len({each["Id"] for each in MetricDataQueries}) == len(MetricDataQueries)
        return {"MetricDataResults": [self._result(each, StartTime, EndTime) for each in MetricDataQueries]}

    def _result(self, query: Any, start: datetime, end: datetime) -> Answer:
        metric, period = query["MetricStat"]["Metric"], timedelta(seconds=query["MetricStat"]["Period"])
        name = (metric["MetricName"], *(each["Value"] for each in metric["Dimensions"]))
        grouped: dict[datetime, list[float]] = {}
        for at, value in self.points.get(name, []) if self.status in {"Complete", "PartialData"} else []:
            if start <= at < end:
                grouped.setdefault(start + (at - start) // period * period, []).append(value)
        values = {at: _statistic(found, query["MetricStat"]["Stat"]) for at, found in grouped.items()}
        return {
            "Id": query["Id"],
            "StatusCode": self.status,
            "Timestamps": list(values),
            "Values": list(values.values()),
        }


def _statistic(values: Sequence[float], statistic: str) -> float:
    if statistic in {"Sum", "SampleCount"}:
        return float(sum(values) if statistic == "Sum" else len(values))
    if above := re.fullmatch(r"TC\((\d+(?:\.\d+)?):\)", statistic):
        return float(sum(value > float(above[1]) for value in values))
    assert statistic.startswith("p")
    return sorted(values)[min(len(values) * int(statistic[1:]) // 100, len(values) - 1)]
