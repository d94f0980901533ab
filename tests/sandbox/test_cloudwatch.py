"""Metrics and alarms. The tests' stand-in runs with a time scale of 0.02: a minute is 1.2 seconds."""

import datetime
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    Json,
    a_function,
    a_machine,
    a_role,
    a_version,
    allow,
    an_event_queue,
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
    queue = an_event_queue(aws)
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


def put_values(cloudwatch: Any, namespace: str, *values: float, metric: str = "Duration") -> None:
    data = {"MetricName": metric, "Values": list(values), "Counts": [1.0] * len(values)}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[data])


def statistic(namespace: str, stat: str, metric: str = "Duration", period: int = 3600, name: str = "it") -> Json:
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": []}
    return {"Id": name, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}}


@pytest.mark.parametrize(
    ("stat", "expected"),
    [("TC(100:)", 2), ("TC(:100)", 2), ("TC(100:200)", 1), ("TC(99.5:100)", 1), ("TC(900:)", 0), ("TC(0:900)", 4)],
)
def test_a_trimmed_count_leaves_its_lower_bound_out_and_has_its_upper_one(
    cloudwatch: Any, namespace: str, stat: str, expected: float
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    put_values(cloudwatch, namespace, 50, 100, 200, 300)

    assert sum(values(cloudwatch, statistic(namespace, stat))[0]) == expected


def test_a_trimmed_count_of_a_period_without_data_has_no_value(cloudwatch: Any, namespace: str) -> None:
    assert values(cloudwatch, statistic(namespace, "TC(100:)")) == [[]]


def test_percentiles_are_of_all_values_of_their_period(cloudwatch: Any, namespace: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    put_values(cloudwatch, namespace, *range(1, 102))

    asked = [statistic(namespace, stat, name=stat.replace(".", "_")) for stat in ("p50", "p90", "p99", "p99.9")]
    assert [round(each[0], 6) for each in values(cloudwatch, *asked)] == [51, 91, 100, 100.9]


def test_every_query_has_a_period_of_its_own_and_an_expression_has_that_of_its_metrics(
    cloudwatch: Any, namespace: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    now = datetime.datetime.now(datetime.UTC)
    minutes = [now - datetime.timedelta(minutes=each) for each in (1, 3)]
    for minute in minutes:
        data = {"MetricName": "Duration", "Value": 7, "Timestamp": minute}
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[data])

    long = statistic(namespace, "Sum", period=86_400, name="long")
    short = statistic(namespace, "Sum", period=60, name="short") | {"ReturnData": False}
    expressions = [{"Id": "third", "Expression": "double + short"}, {"Id": "double", "Expression": "2 * short"}]
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[long, *expressions, short],
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now,
        ScanBy="TimestampAscending",
    )["MetricDataResults"]

    assert [(each["Id"], each["StatusCode"]) for each in answer] == [
        (each, "Complete") for each in ("long", "third", "double")
    ]
    assert sum(answer[0]["Values"]) == 14
    assert [each["Values"] for each in answer[1:]] == [[21, 21], [14, 14]]
    whole = [each.replace(second=0, microsecond=0) for each in reversed(minutes)]
    assert answer[1]["Timestamps"] == whole


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([], "MetricDataQueries"),
        ([{"Id": "Upper", "Expression": "it"}], "The value Upper for parameter MetricDataQueries.member.1.Id"),
        ([{"Id": "neither"}], "MetricDataQueries.member.1.Expression"),
        ([{"Id": "rate", "Expression": "it + other"}], "Error in expression 'rate': Unknown identifier other"),
        ([{"Id": "rate", "Expression": "it +"}], "Error in expression 'rate'"),
        ([{"Id": "rate", "Expression": "rate + it"}], "Error in expression 'rate'"),
        ([{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}], "Error in expression 'a'"),
        ([statistic("N", "Sum", period=60, name="m"), {"Id": "rate", "Expression": "m / it"}], "different periods"),
        ([{"Id": "rate", "Expression": "NOSUCH(it)"}], "Error in expression 'rate'"),
        (
            [statistic("N", "Summ", name="bad")],
            "The value Summ for parameter MetricDataQueries.member.1.MetricStat.Stat",
        ),
        ([statistic("N", "p101", name="bad")], "The value p101"),
        ([statistic("N", "TC(:)", name="bad")], "The value TC"),
        ([statistic("N", "Sum", period=90, name="bad")], "MetricStat.Period"),
        ([statistic("N", "Sum")], "not unique"),
    ],
)
def test_one_invalid_query_has_the_whole_call_refused(
    cloudwatch: Any, namespace: str, queries: list[Json], said: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    with pytest.raises(ClientError, match=said) as caught:
        values(cloudwatch, *queries, *([statistic(namespace, "Sum")] if queries else []))

    assert caught.value.response["Error"]["Code"] == "ValidationError"


def behind_live(metric: str, stat: str, function: str, version: str) -> Json:
    dimensions = as_list({"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": version})
    named = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": metric.lower(), "MetricStat": {"Metric": named, "Period": 3600, "Stat": stat}}


def test_a_throttled_request_counts_once_by_the_version_behind_the_alias(aws: StandIn, cloudwatch: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    function, client = a_function(aws, "def handler(event, context): ..."), aws.client("lambda", ASSETS)
    version = a_version(aws, function)
    client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    invoke(aws, function, Qualifier="live")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="Rate Exceeded"):
        client.invoke(FunctionName=function, Qualifier="live")

    asked = [behind_live(each, "Sum", function, version) for each in ("Throttles", "Invocations", "Errors")]
    throttles, invocations, errors = (sum(each) for each in values(cloudwatch, *asked))
    assert throttles >= 1
    assert (invocations, errors) == (1, 0)
    everywhere = query("AWS/Lambda", "Throttles", FunctionName=function)
    assert sum(values(cloudwatch, everywhere)[0]) == throttles


def test_a_metric_has_the_time_at_which_its_invocation_began(aws: StandIn, cloudwatch: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    function = a_function(aws, "import time\ndef handler(event, context):\n    time.sleep(2)", timeout=10)
    aws.client("lambda", ASSETS).create_alias(FunctionName=function, Name="live", FunctionVersion="$LATEST")
    invoke(aws, function, Qualifier="live")
    began = time.time() - 2

    second = behind_live("Invocations", "Sum", function, "$LATEST")
    second["MetricStat"]["Period"] = 1
    now = datetime.datetime.now(datetime.UTC)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[second], StartTime=now - datetime.timedelta(minutes=2), EndTime=now
    )["MetricDataResults"][0]
    assert [each.timestamp() for each in answer["Timestamps"]] == pytest.approx([began], abs=1.5)


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
