"""CloudWatch Logs in memory, at the place of its boto3 client, for one account and region."""
# ruff: noqa: N803 -- the arguments' names are those of AWS

from dataclasses import dataclass, field
from typing import Any

from tests.unit.targets.fake_client import Answer, FakeClient, counted, refused

DIMENSIONS = {"ApiId": "$.apiId", "Stage": "$.stage", "isCanary": "$.isCanaryRequest"}
"""As in examples/rest-api.template.yaml."""


@dataclass
class FakeLogs(FakeClient):
    """As far as it is asked for: metric filters. Each page has one of them."""

    filters: dict[str, list[Answer]] = field(default_factory=dict)
    """By log group."""

    def count(self, group: str, *metrics: str, namespace: str = "RestApi", **changed: Any) -> None:
        """Let somebody make metrics of what a log group gets."""
        for metric in metrics:
            made = {"metricName": metric, "metricNamespace": namespace, "dimensions": DIMENSIONS, **changed}
            self.filters.setdefault(group, []).append({"filterName": metric, "metricTransformations": [made]})

    @counted
    def describe_metric_filters(self, *, logGroupName: str, nextToken: str = "0") -> Answer:
        if logGroupName not in self.filters:
            message = "The specified log group does not exist."
            raise refused("DescribeMetricFilters", "ResourceNotFoundException", message)
        number, found = int(nextToken), self.filters[logGroupName]
        more = {"nextToken": str(number + 1)} if number + 1 < len(found) else {}
        return {"metricFilters": found[number : number + 1], **more}
