"""Metrics that CloudWatch Logs makes of log events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, new_name

MINUTE = 60
EVENT: Json = {
    "status": 502,
    "text": "502",
    "canary": "true",
    "flag": True,
    "nothing": None,
    "latency": 12.5,
    "path": "/cows/7",
    "inner": {"list": [{"name": "first"}]},
    "rows": [[0, 1], [4, 5]],
    "with-dash": "x",
}


@pytest.fixture
def group(aws: StandIn) -> str:
    name, logs = new_name("group"), aws.client("logs", PROD)
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="stream")
    return name


def put_filter(aws: StandIn, group: str, pattern: str, **transformation: Any) -> str:
    """The namespace of the metric `Found` that the filter makes."""
    namespace = new_name("Namespace")
    aws.client("logs", PROD).put_metric_filter(
        logGroupName=group,
        filterName=namespace,
        filterPattern=pattern,
        metricTransformations=[
            {"metricName": "Found", "metricNamespace": namespace, "metricValue": "1", **transformation}
        ],
    )
    return namespace


def log(aws: StandIn, group: str, *events: Json | str, ago: float = 0) -> None:
    at = int((time.time() - ago) * 1000)
    messages = [event if isinstance(event, str) else json.dumps(event) for event in events]
    aws.client("logs", PROD).put_log_events(
        logGroupName=group,
        logStreamName="stream",
        logEvents=[{"timestamp": at, "message": message} for message in messages],
    )


def values(
    aws: StandIn, namespace: str, statistic: str = "Sum", period: int = 60 * MINUTE, **dimensions: str
) -> list[float]:
    """The metric's values of the periods that the last ten minutes are in."""
    metric = {
        "Namespace": namespace,
        "MetricName": "Found",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    now = time.time()
    found: list[float] = aws.client("cloudwatch", PROD).get_metric_data(
        StartTime=now - 10 * MINUTE,
        EndTime=now + MINUTE,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}],
    )["MetricDataResults"][0]["Values"]
    return found


def total(aws: StandIn, namespace: str, statistic: str = "Sum", **dimensions: str) -> float:
    """The metric's value; an hour may begin in between."""
    return float(sum(values(aws, namespace, statistic, 60 * MINUTE, **dimensions)))


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.status = 502 }",
        "{ $.status = 5* }",
        "{ $.status >= 500 }",
        "{$.status>501.5}",
        "{ $.status < 503 && $.status <= 502 }",
        "{ $.status != 503 }",
        '{ $.canary = "true" }',
        "{ $.canary = true }",
        '{ $.path = "/cows/*" }',
        '{ $.path != "/dogs/*" }',
        "{ $.flag IS TRUE }",
        "{ $.nothing IS NULL }",
        "{ $.missing NOT EXISTS }",
        '{ $.inner.list[0].name = "first" }',
        "{ ($.status = 1 || $.status = 502) && $.flag IS TRUE }",
        "{ $.status = 502 || $.status = 1 && $.status = 2 }",
        "{ $.latency = 12.5 }",
        "{ $.latency < 2e1 && $.status = +502 }",
        "{ $.rows[1][0] = 4 }",
        "{ $.with-dash = x }",
        '{ $.path = "*cows*" }',
        "{ $.status = * }",
        "502",
        "",
    ],
)
def test_a_matching_event_is_a_value(aws: StandIn, group: str, pattern: str) -> None:
    namespace = put_filter(aws, group, pattern)

    log(aws, group, EVENT, EVENT)

    assert total(aws, namespace) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.status = 503 }",
        "{ $.status = 4* }",
        "{ $.status > 502 }",
        "{ $.status < 502 }",
        "{ $.status != 502 }",
        '{ $.text >= 500 && $.canary = "true" }',
        '{ $.canary = "false" }',
        "{ $.flag IS FALSE }",
        "{ $.status IS NULL }",
        "{ $.status NOT EXISTS }",
        "{ $.missing = * }",
        '{ $.path = "/co*7" }',
        "{ $.inner != 1 }",
        "{ $.rows = * }",
        "{ $.flag != 1 }",
        "{ $.missing != 1 }",
        "{ $.inner.list[1].name = * }",
        "{ $.status = 502 && $.status = 1 }",
        "503",
    ],
)
def test_no_other_event_is(aws: StandIn, group: str, pattern: str) -> None:
    """That a text in quotes is no number is not documented clearly.

    https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide/blob/main/doc_source/FilterAndPatternSyntax.md
    """
    namespace = put_filter(aws, group, pattern)

    log(aws, group, EVENT, "no JSON", "[1]")

    assert values(aws, namespace, "SampleCount") == []


def test_a_value_is_a_field_of_the_event(aws: StandIn, group: str) -> None:
    namespace = put_filter(aws, group, "{ $.latency = * }", metricValue="$.latency", unit="Milliseconds")

    log(aws, group, {"latency": 10}, {"latency": 300}, {"latency": "-"}, {"other": 1})

    assert total(aws, namespace) == 310
    assert total(aws, namespace, "SampleCount") == 2
    assert total(aws, namespace, "TC(100:)") == 1


def test_dimensions_are_fields_of_the_event(aws: StandIn, group: str) -> None:
    dimensions = {"Canary": "$.canary", "Flag": "$.flag"}
    namespace = put_filter(aws, group, "{ $.status >= 500 }", dimensions=dimensions)

    log(aws, group, EVENT, {**EVENT, "canary": "false"}, {**EVENT, "status": 200}, {"status": 500, "canary": "true"})

    assert total(aws, namespace, Canary="true", Flag="true") == 1
    assert total(aws, namespace, Canary="false", Flag="true") == 1
    assert values(aws, namespace) == []
    assert values(aws, namespace, Canary="true") == []


def test_a_value_has_the_time_of_its_event(aws: StandIn, group: str) -> None:
    namespace = put_filter(aws, group, "{ $.status = 502 }")

    log(aws, group, EVENT, ago=20 * MINUTE)
    assert values(aws, namespace, period=MINUTE) == []

    log(aws, group, EVENT, ago=5 * MINUTE)
    assert values(aws, namespace, period=MINUTE) == [1]


def test_a_minute_without_a_match_has_the_default_value(aws: StandIn, group: str) -> None:
    namespace = put_filter(aws, group, "{ $.status >= 500 }", defaultValue=0.0)

    log(aws, group, {"status": 200}, {"status": 200})

    assert set(values(aws, namespace)) == {0.0}
    assert values(aws, namespace, "SampleCount") in ([1.0], [1.0, 1.0])


def test_only_events_after_the_filter_count(aws: StandIn, group: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"""
    log(aws, group, EVENT)

    assert values(aws, put_filter(aws, group, "{ $.status = 502 }")) == []


def test_each_group_has_its_own_filters(aws: StandIn, group: str) -> None:
    namespace, other = put_filter(aws, group, "{ $.status = 502 }"), new_name("group")
    logs = aws.client("logs", PROD)
    logs.create_log_group(logGroupName=other)
    logs.create_log_stream(logGroupName=other, logStreamName="stream")

    log(aws, other, EVENT)

    assert values(aws, namespace) == []


@pytest.mark.parametrize(
    ("pattern", "transformation", "words"),
    [
        ("{ $.status >= }", {}, "Invalid metric filter pattern"),
        ("{ $.status >= 500", {}, "Invalid metric filter pattern"),
        ("{ ($.status = 1 }", {}, "Invalid metric filter pattern"),
        ("{ status = 1 }", {}, "Invalid metric filter pattern"),
        ("{ $.status > text }", {}, "Invalid metric filter pattern"),
        ("{ $.status IS 5 }", {}, "Invalid metric filter pattern"),
        ("{ $.status = 1 $.status = 2 }", {}, "Invalid metric filter pattern"),
        (
            "{ $.status = 1 }",
            {"dimensions": {"A": "$.a"}, "defaultValue": 0.0},
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
        ),
        ("ERROR", {"dimensions": {"A": "$.a"}}, "The specified filter pattern does not support dimensions"),
    ],
)
def test_what_cannot_be_a_metric_filter_is_refused(
    aws: StandIn, group: str, pattern: str, transformation: Json, words: str
) -> None:
    """The words for dimensions are AWS':

    https://github.com/hashicorp/terraform-provider-aws/issues/22105
    https://github.com/aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock/pull/632
    """
    with pytest.raises(ClientError) as caught:
        put_filter(aws, group, pattern, **transformation)

    assert caught.value.response["Error"] == {"Code": "InvalidParameterException", "Message": words}


def test_events_are_found_by_the_same_patterns(aws: StandIn, group: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    log(aws, group, EVENT, {**EVENT, "status": 200})

    found = aws.client("logs", PROD).filter_log_events(logGroupName=group, filterPattern="{ $.status >= 500 }")

    assert [json.loads(event["message"])["status"] for event in found["events"]] == [502]
