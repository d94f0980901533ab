"""Metrics and alarms. The tests' stand-in runs with a time scale of 0.02: a minute is 1.2 seconds."""

import datetime
import json
import time
from typing import Any

import pytest

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    Json,
    a_function,
    a_machine,
    a_role,
    allow,
    ended,
    invoke,
    new_name,
    one_state,
    soon,
    start,
)


@pytest.fixture(scope="module")
def cloudwatch(aws: StandIn) -> Any:
    return aws.client("cloudwatch", ASSETS)


@pytest.fixture
def namespace() -> str:
    return new_name("Namespace")


def put(cloudwatch: Any, namespace: str, value: float, metric: str = "Errors", **dimensions: str) -> None:
    data = {"MetricName": metric, "Value": value, "Dimensions": as_list(dimensions)}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[data])


def as_list(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def an_alarm(cloudwatch: Any, namespace: str, **options: Any) -> str:
    name = new_name("alarm")
    request = {
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    if "Metrics" not in options:
        request |= {"Namespace": namespace, "MetricName": "Errors", "Dimensions": as_list({"Function": "mine"})}
        request |= {"Statistic": "Sum", "Period": 60}
    cloudwatch.put_metric_alarm(AlarmName=name, **{**request, **options})
    return name


def state_of(cloudwatch: Any, alarm: str) -> str:
    return str(cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"])


def becomes(cloudwatch: Any, alarm: str, state: str) -> None:
    soon(lambda: state_of(cloudwatch, alarm) == state)


def test_an_alarm_looks_at_its_own_dimensions_and_recovers_by_itself(cloudwatch: Any, namespace: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    mine = an_alarm(cloudwatch, namespace)
    another = an_alarm(cloudwatch, namespace, Dimensions=as_list({"Function": "another"}))
    becomes(cloudwatch, mine, "OK")

    put(cloudwatch, namespace, 1, Function="mine")

    becomes(cloudwatch, mine, "ALARM")
    assert state_of(cloudwatch, another) == "OK"
    becomes(cloudwatch, mine, "OK")


@pytest.mark.parametrize(
    ("treatment", "state"),
    [("missing", "INSUFFICIENT_DATA"), ("notBreaching", "OK"), ("breaching", "ALARM"), ("ignore", "INSUFFICIENT_DATA")],
)
def test_missing_data_is_treated_as_the_alarm_says(cloudwatch: Any, namespace: str, treatment: str, state: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    becomes(cloudwatch, an_alarm(cloudwatch, namespace, TreatMissingData=treatment), state)


def test_an_alarm_over_metric_math_compares_the_expression(cloudwatch: Any, namespace: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""

    def metric(name: str) -> Json:
        return {"Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": []}, "Period": 60, "Stat": "Sum"}

    rate = [
        {"Id": "rate", "Expression": "FILL(100 * errors / calls, 0)"},
        {"Id": "errors", "MetricStat": metric("Errors"), "ReturnData": False},
        {"Id": "calls", "MetricStat": metric("Calls"), "ReturnData": False},
    ]
    alarm = an_alarm(cloudwatch, namespace, Metrics=rate, Threshold=40, TreatMissingData="missing")
    becomes(cloudwatch, alarm, "OK")

    put(cloudwatch, namespace, 2, "Calls")
    put(cloudwatch, namespace, 1, "Errors")

    becomes(cloudwatch, alarm, "ALARM")


def test_an_alarm_wants_as_many_bad_periods_as_it_says(cloudwatch: Any, namespace: str) -> None:
    alarm = an_alarm(cloudwatch, namespace, EvaluationPeriods=3, DatapointsToAlarm=2)
    becomes(cloudwatch, alarm, "OK")

    put(cloudwatch, namespace, 1, Function="mine")
    time.sleep(1.3)
    assert state_of(cloudwatch, alarm) == "OK"
    put(cloudwatch, namespace, 1, Function="mine")
    becomes(cloudwatch, alarm, "ALARM")


@pytest.fixture
def told(aws: StandIn, cloudwatch: Any, namespace: str) -> tuple[str, str]:
    """An alarm in OK, and a queue into which its events go."""
    alarm = an_alarm(cloudwatch, namespace)
    becomes(cloudwatch, alarm, "OK")
    queue = aws.client("sqs", ASSETS).create_queue(QueueName=new_name("queue"))["QueueUrl"]
    rule = new_name("rule")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [alarm]}}
    aws.client("events", ASSETS).put_rule(Name=rule, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ASSETS}:{queue.rsplit('/', 1)[-1]}"
    aws.client("events", ASSETS).put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    return alarm, str(queue)


def test_a_change_of_state_is_an_event(aws: StandIn, cloudwatch: Any, told: tuple[str, str]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    alarm, queue = told

    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tried out")

    message = soon(lambda: aws.client("sqs", ASSETS).receive_message(QueueUrl=queue).get("Messages"))[0]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{REGION}:{ASSETS}:alarm:{alarm}"]
    assert event["detail"]["previousState"]["value"] == "OK"
    assert (event["detail"]["state"]["value"], event["detail"]["state"]["reason"]) == ("ALARM", "tried out")
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "Errors"


def test_a_state_that_was_set_stands_for_a_while_and_not_for_ever(cloudwatch: Any, namespace: str) -> None:
    alarm = an_alarm(cloudwatch, namespace)
    becomes(cloudwatch, alarm, "OK")

    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tried out")

    assert state_of(cloudwatch, alarm) == "ALARM"
    becomes(cloudwatch, alarm, "OK")


def test_an_alarm_and_its_history_say_when_it_changed(cloudwatch: Any, told: tuple[str, str]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html"""
    alarm, _ = told
    before = datetime.datetime.now(datetime.UTC)

    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tried out")

    described = cloudwatch.describe_alarms(AlarmNames=[alarm, "missing"], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    [found] = described["MetricAlarms"]
    assert found["StateTransitionedTimestamp"] >= before - datetime.timedelta(milliseconds=1)
    assert found["StateUpdatedTimestamp"] >= before - datetime.timedelta(milliseconds=1)
    items = cloudwatch.describe_alarm_history(
        AlarmName=alarm, HistoryItemType="StateUpdate", StartDate=before - datetime.timedelta(milliseconds=1)
    )["AlarmHistoryItems"]
    data = json.loads(items[-1]["HistoryData"])
    assert (data["oldState"]["stateValue"], data["newState"]["stateValue"]) == ("OK", "ALARM")


def test_that_an_alarm_was_made_is_no_update_of_its_state(cloudwatch: Any, namespace: str) -> None:
    alarm = an_alarm(cloudwatch, namespace, TreatMissingData="ignore")

    items = cloudwatch.describe_alarm_history(AlarmName=alarm)["AlarmHistoryItems"]

    assert [item["HistoryItemType"] for item in items] == ["ConfigurationUpdate"]


def values(client: Any, *queries: Json, **options: Any) -> list[list[float]]:
    now = datetime.datetime.now(datetime.UTC)
    answer = client.get_metric_data(
        MetricDataQueries=list(queries), StartTime=now - datetime.timedelta(seconds=1), EndTime=now, **options
    )
    return [result["Values"] for result in answer["MetricDataResults"]]


def query(namespace: str, metric: str, **dimensions: str) -> Json:
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": as_list(dimensions)}
    return {"Id": metric.lower(), "MetricStat": {"Metric": named, "Period": 60, "Stat": "Sum"}}


def test_metric_data_is_of_exactly_the_metric_that_is_named(cloudwatch: Any, namespace: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    put(cloudwatch, namespace, 1)
    put(cloudwatch, namespace, 10, Function="a")
    put(cloudwatch, namespace, 100, Function="a", Version="1")

    def total(**dimensions: str) -> float:
        return sum(values(cloudwatch, query(namespace, "Errors", **dimensions))[0])

    assert [total(), total(Function="a"), total(Function="a", Version="1"), total(Version="1")] == [1, 10, 100, 0]


def test_metric_data_evaluates_expressions(cloudwatch: Any, namespace: str) -> None:
    put(cloudwatch, namespace, 3)

    expression = {"Id": "double", "Expression": "errors * 2"}
    answer = values(cloudwatch, {**query(namespace, "Errors"), "ReturnData": False}, expression)

    assert [sum(each) for each in answer] == [6]


def test_metrics_of_another_account_are_read_with_its_role(aws: StandIn) -> None:
    function = a_function(aws, "def handler(event, context): ...", account=DEV)
    aws.client("lambda", DEV).create_alias(FunctionName=function, Name="live", FunctionVersion="$LATEST")
    invoke(aws, function, account=DEV, Qualifier="live")
    role = a_role(aws, allow("cloudwatch:GetMetricData"), trusts={"AWS": ASSETS}, account=DEV)
    keys = aws.client("sts", ASSETS).assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    there = aws.session_client("cloudwatch", REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    dimensions = {"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": "$LATEST"}

    assert sum(values(there, query("AWS/Lambda", "Invocations", **dimensions))[0]) == 1


def test_executions_are_counted_by_how_they_end(aws: StandIn, cloudwatch: Any) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""
    machine = a_machine(aws, one_state(DONE))

    ended(aws, start(aws, machine))

    counts = ("ExecutionsStarted", "ExecutionsSucceeded")
    metrics = [query("AWS/States", count, StateMachineArn=machine) for count in counts]
    assert soon(lambda: [sum(each) for each in values(cloudwatch, *metrics)] == [1, 1])


def test_what_is_printed_in_the_embedded_metric_format_is_a_metric(
    aws: StandIn, cloudwatch: Any, namespace: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    directive = {"Namespace": namespace, "Dimensions": [["service"]], "Metrics": [{"Name": "Shifts", "Unit": "Count"}]}
    values_of = {"service": "cowsay", "Shifts": [2, 3]}
    line = json.dumps({"_aws": {"Timestamp": 0, "CloudWatchMetrics": [directive]}, **values_of})

    invoke(aws, a_function(aws, f"def handler(event, context):\n    print({line!r})"))

    assert sum(values(cloudwatch, query(namespace, "Shifts", service="cowsay"))[0]) == 5
