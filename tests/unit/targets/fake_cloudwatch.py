"""CloudWatch's counts of invocations in memory, at the place of its boto3 client, for one account and region."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from tests.unit.targets.fake_client import Answer, FakeClient, counted


@dataclass
class FakeCloudWatch(FakeClient):
    """As far as it is asked for: one query a call, the sum for each minute, and what has no data has no values."""

    status: str = "Complete"
    """What becomes of every query: `Complete`, `PartialData`, `InternalError` or `Forbidden`."""
    served: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    """When invocations began, by the resource (`cowsay:live`) and the version that ran."""

    def serve(self, function: str, alias: str, version: str, at: datetime, times: int = 1) -> None:
        """Let a version behind an alias serve requests."""
        self.served.setdefault((f"{function}:{alias}", version), []).extend([at] * times)

    def get_paginator(self, operation: str) -> Self:
        assert operation == "get_metric_data"
        return self

    def paginate(self, *, MetricDataQueries: Sequence[Any], StartTime: datetime, EndTime: datetime) -> Iterator[Answer]:
        """Return one page."""
        yield self.get_metric_data(MetricDataQueries=MetricDataQueries, StartTime=StartTime, EndTime=EndTime)

    @counted
    def get_metric_data(self, *, MetricDataQueries: Sequence[Any], StartTime: datetime, EndTime: datetime) -> Answer:
        (query,) = MetricDataQueries
        dimensions = {each["Name"]: each["Value"] for each in query["MetricStat"]["Metric"]["Dimensions"]}
        assert dimensions["Resource"].partition(":")[0] == dimensions["FunctionName"]
        moments = self.served.get((dimensions["Resource"], dimensions["ExecutedVersion"]), [])
        minutes = [at.replace(second=0, microsecond=0) for at in moments]
        found = [minute for minute in minutes if StartTime <= minute < EndTime]
        values = [float(found.count(minute)) for minute in sorted(set(found))]
        if self.status in {"InternalError", "Forbidden"}:
            values = []
        return {"MetricDataResults": [{"Id": query["Id"], "StatusCode": self.status, "Values": values}]}
