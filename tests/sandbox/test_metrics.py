"""What a test lets CloudWatch count, and how it lets it fail."""

import datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import DEV, PROD, REGION, ROOT_SECRET
from sandbox.stand_in.metrics import Metrics
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name

NOW = datetime.datetime.now(datetime.UTC)
AT = NOW - datetime.timedelta(minutes=3)
ROLES = ("Invocations", "Errors", "Throttles")


@pytest.fixture
def function() -> str:
    return new_name("orders")


def asked(function: str, metric: str, statistic: str = "Sum", **dimensions: str) -> Json:
    named = {"FunctionName": function} | dimensions
    pairs = [{"Name": name, "Value": value} for name, value in named.items()]
    stat = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": pairs}, "Period": 60}
    return {"Id": metric.lower(), "MetricStat": {**stat, "Stat": statistic}}


def behind(function: str, version: str) -> dict[str, str]:
    return {"Resource": f"{function}:live", "ExecutedVersion": version}


def answers(aws: StandIn, account: str, *queries: Json) -> list[Json]:
    session: Any = boto3.session.Session()
    client = session.client(
        "cloudwatch",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key=ROOT_SECRET,
        config=Config(retries={"total_max_attempts": 1}),
    )
    hour = datetime.timedelta(hours=1)
    found = client.get_metric_data(MetricDataQueries=list(queries), StartTime=NOW - hour, EndTime=NOW + hour)
    results: list[Json] = found["MetricDataResults"]
    return results


def test_a_busy_minute_is_recorded_in_one_go_as_lambda_would(aws: StandIn, function: str) -> None:
    there = Metrics(aws, PROD)
    there.record_requests(function, "live", "8", AT, requests=60_000, failed=240, milliseconds=40)
    there.record_requests(function, "live", "8", AT, requests=100, throttled=7, milliseconds=900)
    there.record_requests(function, "live", "7", AT, requests=5)

    queries = [asked(function, each, **behind(function, "8")) for each in ROLES]
    slow = asked(function, "Duration", "TC(500:)", **behind(function, "8"))
    found = answers(aws, PROD, *queries, slow)
    assert [each["Values"] for each in found] == [[60_100], [240], [7], [100]]
    assert [each["Timestamps"] for each in found] == [[AT.replace(second=0, microsecond=0)]] * 4
    assert answers(aws, PROD, asked(function, "Invocations"))[0]["Values"] == [60_105]
    assert answers(aws, DEV, asked(function, "Invocations"))[0]["Values"] == []


def test_a_refused_call_is_refused_in_its_account_until_the_block_ends(aws: StandIn, function: str) -> None:
    there, query = Metrics(aws, PROD), asked(function, "Invocations")
    there.record_requests(function, "live", "8", AT, requests=5)
    with there.refusing("Throttling", "Rate exceeded"):
        with pytest.raises(ClientError, match="Rate exceeded") as caught:
            answers(aws, PROD, query)
        answers(aws, DEV, query)

    assert caught.value.response["Error"]["Code"] == "Throttling"
    assert answers(aws, PROD, query)[0]["Values"] == [5]


def test_only_calls_about_a_metric_are_refused(aws: StandIn, function: str) -> None:
    with Metrics(aws, PROD).refusing("AccessDenied", "not authorized", metric="Errors"):
        answers(aws, PROD, asked(function, "Invocations"))
        with pytest.raises(ClientError, match="not authorized"):
            answers(aws, PROD, asked(function, "Invocations"), asked(function, "Errors"))


@pytest.mark.parametrize(("metric", "statuses"), [("Errors", ["Complete", "PartialData"]), (None, ["PartialData"] * 2)])
def test_a_result_can_be_incomplete(aws: StandIn, function: str, metric: str | None, statuses: list[str]) -> None:
    there = Metrics(aws, PROD)
    there.record_requests(function, "live", "8", AT, requests=5)
    with there.answering("PartialData", metric):
        found = answers(aws, PROD, asked(function, "Invocations"), asked(function, "Errors"))

    assert [each["StatusCode"] for each in found] == statuses
    assert [bool(each["Values"]) for each in found] == [each == "Complete" for each in statuses]
