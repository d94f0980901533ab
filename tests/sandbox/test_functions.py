"""Functions: where they run, what their versions hold, and how an alias splits between them."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    Json,
    a_function,
    a_role,
    a_version,
    allow,
    function_arn,
    invoke,
    new_name,
    settled,
    soon,
    zip_of,
)

ECHO = "def handler(event, context):\n    return event"
VERSION = "def handler(event, context):\n    return [context.function_version, context.invoked_function_arn]  # %s"


@pytest.fixture(scope="module")
def client(aws: StandIn) -> Any:
    return aws.client("lambda", ASSETS)


def test_a_requirement_that_is_not_in_the_package_is_missing(aws: StandIn) -> None:
    answer = invoke(aws, a_function(aws, f"import pydantic\n{ECHO}"))

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert answer["Payload"]["errorMessage"] == "Unable to import module 'app': No module named 'pydantic'"


def test_the_runtime_brings_boto3_and_nothing_else_of_this_environment(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
    source = (
        "from importlib.util import find_spec\ndef handler(names, context):\n    return list(filter(find_spec, names))"
    )
    modules = ["boto3", "botocore", "aws_lambda_powertools", "pydantic", "yaml", "pytest", "ministack", "sandbox"]

    assert invoke(aws, a_function(aws, source), modules)["Payload"] == ["boto3", "botocore"]


def test_a_function_sees_no_variables_of_the_machine_it_runs_on(aws: StandIn) -> None:
    source = "import os\ndef handler(event, context):\n    return dict(os.environ)"

    seen = invoke(aws, a_function(aws, source, environment={"MINE": "yes", "LOG_LEVEL": "WARNING"}))["Payload"]

    assert seen["MINE"] == "yes"
    assert seen["LOG_LEVEL"] == "WARNING"
    assert seen["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert not [name for name in seen if "MINISTACK" in name or "PYTEST" in name or "VIRTUAL_ENV" in name]


def test_an_error_keeps_its_name_and_the_environment_goes_on(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    source = """
calls = []

class NotAllowedError(Exception):
    pass

def handler(event, context):
    calls.append(event)
    if event == "bad":
        raise NotAllowedError("no")
    return calls
"""
    function = a_function(aws, source)

    failed = invoke(aws, function, "bad")

    assert failed["Payload"]["errorType"] == "NotAllowedError"
    assert failed["Payload"]["errorMessage"] == "no"
    assert "in handler" in failed["Payload"]["stackTrace"][-1]
    assert invoke(aws, function, "good")["Payload"] == ["bad", "good"]


def test_what_a_function_prints_is_in_its_log(aws: StandIn) -> None:
    function = a_function(
        aws, "def handler(event, context):\n    for number in range(300):\n        print('line', number)"
    )

    invoke(aws, function)

    pages = (
        aws.client("logs", ASSETS).get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    )
    lines = [event["message"] for page in pages for event in page["events"] if event["message"].startswith("line")]
    assert lines == [f"line {number}" for number in range(300)]


def test_a_log_says_what_cpu_an_invocation_took_and_the_first_one_what_the_start_took(aws: StandIn) -> None:
    function = a_function(aws, "import json\ndef handler(event, context):\n    return sum(range(10**6))")

    for _ in range(2):
        invoke(aws, function)

    events = aws.client("logs", ASSETS).filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    said = [json.loads(each["message"]) for each in events if each["message"].startswith('{"cpu_of"')]
    assert [each["cpu_of"] for each in said] == [function, function]
    assert [each["start"] > 0 for each in said] == [True, False]
    assert all(each["invocation"] > 0 for each in said)


def test_a_function_cannot_write_bytecode_beside_its_code(aws: StandIn) -> None:
    """Only /tmp can be written: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    source = "import sys\ndef handler(event, context):\n    return sys.dont_write_bytecode"

    assert invoke(aws, a_function(aws, source))["Payload"] is True


def test_a_second_change_must_wait_until_the_first_has_settled(aws: StandIn, client: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html"""
    function = a_function(aws, ECHO)
    changes: list[tuple[str, Json]] = [
        ("update_function_configuration", {"MemorySize": 512}),
        ("update_function_code", {"ZipFile": zip_of("")}),
        ("publish_version", {}),
    ]

    def is_refused(call: str, arguments: Json) -> bool:
        first = client.update_function_configuration(FunctionName=function, MemorySize=256)
        assert (first["State"], first["LastUpdateStatus"]) == ("Active", "InProgress")
        try:
            getattr(client, call)(FunctionName=function, **arguments)
        except client.exceptions.ResourceConflictException:
            assert settled(aws, function)["RevisionId"] != first["RevisionId"]
            return True
        settled(aws, function)  # a busy machine was slower than the change
        return False

    for call, arguments in changes:
        assert any(is_refused(call, arguments) for _ in range(5))


def test_a_new_version_cannot_be_invoked_before_it_is_active(aws: StandIn, client: Any) -> None:
    function = a_function(aws, ECHO)

    version = client.publish_version(FunctionName=function)

    assert version["State"] == "Pending"
    with pytest.raises(ClientError, match=r"ResourceConflictException.*Pending"):
        client.invoke(FunctionName=function, Qualifier=version["Version"])
    client.get_waiter("published_version_active").wait(
        FunctionName=function, Qualifier=version["Version"], WaiterConfig={"Delay": 1}
    )
    assert invoke(aws, function, 1, Qualifier=version["Version"])["Payload"] == 1


def test_only_what_was_uploaded_is_published(aws: StandIn, client: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"""
    function = a_function(aws, ECHO)
    config = settled(aws, function)

    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*CodeSHA256"):
        client.publish_version(FunctionName=function, CodeSha256="another")
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        client.publish_version(FunctionName=function, RevisionId="another")
    published = client.publish_version(
        FunctionName=function, CodeSha256=config["CodeSha256"], RevisionId=config["RevisionId"]
    )
    assert published["Version"] == "1"


def test_publishing_what_is_published_already_gives_the_same_version(aws: StandIn, client: Any) -> None:
    function = a_function(aws, ECHO)
    first = a_version(aws, function)
    client.update_function_code(FunctionName=function, ZipFile=zip_of(ECHO))
    settled(aws, function)

    assert a_version(aws, function) == first
    client.update_function_configuration(FunctionName=function, Environment={"Variables": {"A": "b"}})
    settled(aws, function)
    assert a_version(aws, function) != first


@pytest.mark.parametrize(
    ("primary", "weights", "error"),
    [
        ("9", {}, "ResourceNotFoundException"),
        ("1", {"9": 0.1}, "ResourceNotFoundException"),
        ("1", {"2": 1.5}, "ValidationException"),
        ("1", {"1": 0.1}, "InvalidParameterValueException"),
        ("1", {"$LATEST": 0.1}, "InvalidParameterValueException"),
        ("$LATEST", {"1": 0.1}, "InvalidParameterValueException"),
        ("1", {"2": 0.1, "3": 0.1}, "InvalidParameterValueException"),
    ],
)
def test_an_alias_refuses_what_cannot_be_routed(
    client: Any, three_versions: str, primary: str, weights: dict[str, float], error: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    routing = {"AdditionalVersionWeights": weights}

    with pytest.raises(ClientError, match=error):
        client.create_alias(
            FunctionName=three_versions, Name=new_name("alias"), FunctionVersion=primary, RoutingConfig=routing
        )


@pytest.fixture(scope="module")
def three_versions(aws: StandIn) -> str:
    function = a_function(aws, VERSION % 1)
    a_version(aws, function)
    a_version(aws, function, VERSION % 2)
    a_version(aws, function, VERSION % 3)
    return function


def test_versions_with_different_roles_do_not_share_an_alias(aws: StandIn, client: Any) -> None:
    function = a_function(aws, ECHO)
    a_version(aws, function)
    client.update_function_configuration(FunctionName=function, Role=a_role(aws))
    settled(aws, function)
    a_version(aws, function)
    client.create_alias(FunctionName=function, Name="live", FunctionVersion="1")

    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*role"):
        client.update_alias(FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})


def test_an_alias_sends_its_share_to_the_additional_version(aws: StandIn, client: Any, three_versions: str) -> None:
    arn = client.create_alias(
        FunctionName=three_versions,
        Name="split",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}},
    )["AliasArn"]

    answers = [invoke(aws, three_versions, Qualifier="split") for _ in range(100)]

    executed = [answer["ExecutedVersion"] for answer in answers]
    assert set(executed) == {"1", "2"}
    assert 15 <= executed.count("2") <= 45
    assert all(answer["Payload"] == [answer["ExecutedVersion"], arn] for answer in answers)


def test_invocations_are_counted_by_version_behind_the_alias(aws: StandIn, client: Any) -> None:
    function = a_function(aws, VERSION % 1)
    a_version(aws, function)
    a_version(aws, function, "def handler(event, context):\n    raise ValueError")
    client.create_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    invoke(aws, function, Qualifier="live")
    client.update_alias(FunctionName=function, Name="live", RoutingConfig={})
    invoke(aws, function, Qualifier="live")

    resource = {"FunctionName": function, "Resource": f"{function}:live"}
    assert total(aws, "Invocations", resource) == 2
    assert total(aws, "Invocations", {**resource, "ExecutedVersion": "1"}) == 1
    assert total(aws, "Errors", {**resource, "ExecutedVersion": "2"}) == 1
    assert total(aws, "Errors", {**resource, "ExecutedVersion": "1"}) == 0


def test_errors_of_asynchronous_invocations_are_counted(aws: StandIn, client: Any) -> None:
    function = a_function(aws, "def handler(event, context):\n    raise ValueError")
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)

    client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps({}))

    assert soon(lambda: total(aws, "Errors", {"FunctionName": function})) == 1


@pytest.mark.parametrize("allowed", [True, False])
def test_an_event_that_a_function_fails_for_is_in_its_dead_letter_queue_if_its_role_may_send(
    aws: StandIn, client: Any, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq"""
    sqs = aws.client("sqs", ASSETS)
    url = sqs.create_queue(QueueName=new_name("queue"))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = a_role(aws, allow("sqs:SendMessage", queue if allowed else f"{queue}-other"))
    function = a_function(aws, "def handler(event, context):\n    raise ValueError(event['why'])", role=role)
    client.update_function_configuration(FunctionName=function, DeadLetterConfig={"TargetArn": queue})
    settled(aws, function)
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)

    client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps({"why": "because"}))

    assert soon(lambda: total(aws, "Errors", {"FunctionName": function})) == 1
    received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=2).get("Messages", [])
    assert [json.loads(each["Body"]) for each in received] == ([{"why": "because"}] if allowed else [])
    for each in received:
        attributes = {name: value["StringValue"] for name, value in each["MessageAttributes"].items()}
        assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "because")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_function_hands_over_to_another_if_its_role_may_invoke_it(
    aws: StandIn, tmp_path: Path, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html"""
    write = "import os\ndef handler(event, context):\n    open(os.environ['SEEN'], 'w').write(event['from'])"
    other = a_function(aws, write, environment={"SEEN": str(tmp_path / "seen")})
    hand_over = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        answer = boto3.client("lambda").invoke(FunctionName=event, InvocationType="Event", Payload=b'{"from": "here"}')
    except ClientError as error:
        return error.response["Error"]["Code"]
    return answer["StatusCode"]
"""
    resource = function_arn(other) if allowed else function_arn("another")
    function = a_function(aws, hand_over, role=a_role(aws, allow("lambda:InvokeFunction", resource)))

    answer = invoke(aws, function, other)["Payload"]

    assert answer == (202 if allowed else "AccessDeniedException")
    if allowed:
        assert soon(lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").read_text(encoding="utf-8")) == "here"


def total(aws: StandIn, metric: str, dimensions: Json) -> float:
    """The sum of one metric over the last hour."""
    query = {
        "Id": "sum",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
    now = datetime.datetime.now(datetime.UTC)
    results = aws.client("cloudwatch", ASSETS).get_metric_data(
        MetricDataQueries=[query], StartTime=now - datetime.timedelta(hours=1), EndTime=now
    )
    return float(sum(results["MetricDataResults"][0]["Values"]))


@pytest.mark.parametrize(
    "changed",
    [
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111111111111:dead"}},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"TracingConfig": {"Mode": "Active"}},
        {"KMSKeyArn": "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/cows"}},
    ],
)
def test_what_only_infrastructure_sets_is_published_too(aws: StandIn, client: Any, changed: Json) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html"""
    function = a_function(aws, ECHO)
    first = a_version(aws, function)
    client.update_function_configuration(FunctionName=function, **changed)
    settled(aws, function)

    second = a_version(aws, function)

    assert second != first
    found = client.get_function_configuration(FunctionName=function, Qualifier=second)
    for name, value in changed.items():
        assert found[name] == value or found[name].items() >= value.items()
