from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.request_counts import MetricsUnavailableError, RequestCounts

SINCE = datetime(2026, 11, 22, 12, 0, 42, 500000, tzinfo=UTC)
UNTIL = datetime(2026, 11, 22, 12, 10, 3, tzinfo=UTC)


@pytest.fixture
def client() -> Any:
    return boto3.client("cloudwatch")


@pytest.fixture
def counts(client: Any, target: LambdaTarget) -> RequestCounts:
    return RequestCounts(client, target)


def result(*values: float, status: str = "Complete") -> dict[str, Any]:
    return {"Id": "invocations", "Values": list(values), "StatusCode": status}


def test_the_canarys_requests_through_the_alias_are_counted_in_whole_minutes(
    counts: RequestCounts, answers: Stubber
) -> None:
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions": [
            {"Name": "FunctionName", "Value": "cowsay"},
            {"Name": "Resource", "Value": "cowsay:live"},
            {"Name": "ExecutedVersion", "Value": "8"},
        ],
    }
    answers.add_response(
        "get_metric_data",
        {"MetricDataResults": [result(3.0, 4.0)]},
        {
            "MetricDataQueries": [
                {"Id": "invocations", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
            ],
            "StartTime": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
            "EndTime": datetime(2026, 11, 22, 12, 11, tzinfo=UTC),
        },
    )

    assert counts.requests("8", SINCE, UNTIL) == 7


def test_every_page_is_counted(counts: RequestCounts, answers: Stubber) -> None:
    first = {"MetricDataResults": [result(3.0, status="PartialData")], "NextToken": "more"}
    answers.add_response("get_metric_data", first)
    answers.add_response("get_metric_data", {"MetricDataResults": [result(4.0)]})

    assert counts.requests("8", SINCE, UNTIL) == 7


@pytest.mark.parametrize("results", [[], [result()]])
def test_no_data_is_no_request(counts: RequestCounts, answers: Stubber, results: list[dict[str, Any]]) -> None:
    answers.add_response("get_metric_data", {"MetricDataResults": results})

    assert counts.requests("8", SINCE, UNTIL) == 0


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_an_error_of_cloudwatch_is_not_taken_for_no_data(counts: RequestCounts, answers: Stubber, status: str) -> None:
    answers.add_response("get_metric_data", {"MetricDataResults": [result(status=status)]})

    with pytest.raises(MetricsUnavailableError, match=status):
        counts.requests("8", SINCE, UNTIL)
