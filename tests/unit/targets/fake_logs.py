"""CloudWatch Logs in memory, at the place of its boto3 client, for one account and region."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from dataclasses import dataclass, field
from typing import Any

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused

DIMENSIONS = {"ApiId": "$.apiId", "Stage": "$.stage", "isCanary": "$.isCanaryRequest"}
COUNTED = {
    "Latency": (
        "{ $.responseLatency = * && $.isCanaryRequest = * && $.apiId = * && $.stage = * }",
        "$.responseLatency",
    ),
    "ServerErrors": ("{ $.status >= 500 && $.isCanaryRequest = * && $.apiId = * && $.stage = * }", "1"),
}
"""As in examples/rest-api.template.yaml."""


@dataclass
class FakeLogs(FakeClient):
    """As far as it is asked for: metric filters. Each page has one of them."""

    filters: dict[str, list[Answer]] = field(default_factory=dict)
    """By log group."""

    def count(self, group: str, *metrics: str, namespace: str = "RestApi", **changed: Any) -> None:
        """Let somebody make metrics of what a log group gets."""
        for metric in metrics:
            pattern, value = COUNTED[metric]
            made = {"metricName": metric, "metricNamespace": namespace, "dimensions": DIMENSIONS, "metricValue": value}
            self.filters.setdefault(group, []).append(
                {"filterName": metric, "filterPattern": pattern, "metricTransformations": [made]}
            )
            if changed:
                self.change(group, metric, **changed)

    def change(self, group: str, metric: str, pattern: str | None = None, **changed: Any) -> None:
        """Let somebody change the filter of a metric."""
        for each in self.filters[group]:
            if each["filterName"] == metric:
                each["filterPattern"] = each["filterPattern"] if pattern is None else pattern
                each["metricTransformations"][0] |= changed

    @counted
    def describe_metric_filters(self, *, logGroupName: str, nextToken: str = "0") -> Answer:
        if logGroupName not in self.filters:
            message = "The specified log group does not exist."
            raise refused("DescribeMetricFilters", "ResourceNotFoundException", message)
        number, found = int(nextToken), self.filters[logGroupName]
        more = {"nextToken": str(number + 1)} if number + 1 < len(found) else {}
        return {"metricFilters": found[number : number + 1], **more}
