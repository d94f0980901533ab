"""Who may do what: the roles of machines, functions and sessions."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.aws.session_policy import session_policy
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.registry import rights_of
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    INVOKE,
    LOG_DELIVERY,
    Json,
    a_function,
    a_machine,
    a_role,
    a_version,
    allow,
    function_arn,
    invoke,
    new_name,
    one_state,
    run,
    session_of,
)

WHO = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"
ASSUME = """
import os
import boto3

def handler(event, context):
    sts = boto3.client("sts")
    sts.assume_role(RoleArn=os.environ["TARGET"], RoleSessionName="gantry", ExternalId="secret")
    return "assumed"
"""


@pytest.fixture(scope="module")
def who(aws: StandIn) -> str:
    return a_function(aws, WHO)


def task(resource: str, arguments: Json, **fields: Any) -> Json:
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}


def error_of(aws: StandIn, state: Json, *statements: Json) -> str:
    result = run(aws, one_state(state), *statements)
    assert "not authorized" in result["cause"]
    return str(result["error"])


def test_a_machine_may_invoke_only_what_its_role_says(aws: StandIn, who: str) -> None:
    state = task(INVOKE, {"FunctionName": function_arn(who)})

    assert error_of(aws, state, allow("lambda:InvokeFunction", function_arn("another"))) == "Lambda.AWSLambdaException"
    assert run(aws, one_state(state), allow("lambda:InvokeFunction", function_arn(who)))["status"] == "SUCCEEDED"


def test_a_machine_may_start_only_what_its_role_says(aws: StandIn) -> None:
    child = a_machine(aws, one_state({"Type": "Pass", "End": True}))
    state = task("arn:aws:states:::states:startExecution", {"StateMachineArn": child, "Input": {}})

    assert (
        error_of(aws, state, allow("states:StartExecution", f"{child}x")) == "StepFunctions.AWSStepFunctionsException"
    )
    assert run(aws, one_state(state), allow("states:StartExecution", child))["status"] == "SUCCEEDED"


def test_a_machine_may_write_only_where_its_role_says(aws: StandIn) -> None:
    table = new_name("table")
    aws.client("dynamodb", ASSETS).create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    state = task("arn:aws:states:::dynamodb:putItem", {"TableName": table, "Item": {"pk": {"S": "a"}}})
    arn = f"arn:aws:dynamodb:{REGION}:{ASSETS}:table/{table}"

    assert error_of(aws, state, allow("dynamodb:GetItem", arn)) == "DynamoDB.AmazonDynamoDBException"
    assert run(aws, one_state(state), allow("dynamodb:PutItem", arn))["status"] == "SUCCEEDED"


def test_a_machine_may_publish_only_where_its_role_says(aws: StandIn) -> None:
    topic = aws.client("sns", ASSETS).create_topic(Name=new_name("topic"))["TopicArn"]
    state = task("arn:aws:states:::sns:publish", {"TopicArn": topic, "Message": "hello"})

    assert "SNS" in error_of(aws, state, allow("sns:Publish", f"{topic}x"))
    assert run(aws, one_state(state), allow("sns:Publish", topic))["status"] == "SUCCEEDED"


def test_a_machine_may_put_events_only_where_its_role_says(aws: StandIn) -> None:
    entry = {"Source": "a", "DetailType": "b", "Detail": {}, "EventBusName": "default"}
    state = task("arn:aws:states:::events:putEvents", {"Entries": [entry]})
    bus = f"arn:aws:events:{REGION}:{ASSETS}:event-bus/default"

    assert "EventBridge" in error_of(aws, state, allow("events:PutEvents", f"{bus}x"))
    assert run(aws, one_state(state), allow("events:PutEvents", bus))["status"] == "SUCCEEDED"


def test_a_task_with_credentials_acts_as_that_role(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html"""
    there = a_function(aws, WHO, account=DEV)
    grants = allow("lambda:InvokeFunction", function_arn(there, DEV))
    trusting = a_role(aws, grants, trusts={"AWS": ASSETS}, account=DEV)
    wary = a_role(aws, grants, trusts={"AWS": DEV}, account=DEV)

    def state(role: str) -> Json:
        return task(INVOKE, {"FunctionName": function_arn(there, DEV)}, Credentials={"RoleArn": role})

    assert run(aws, one_state(state(trusting)), allow("sts:AssumeRole"))["status"] == "SUCCEEDED"
    assert run(aws, one_state(state(wary)), allow("sts:AssumeRole"))["status"] == "FAILED"
    assert run(aws, one_state(state(trusting)))["status"] == "FAILED", "the machine's role must be allowed to assume it"


@pytest.mark.parametrize(("path", "assumes"), [("/promotion/", True), ("/another/", False)])
def test_the_principal_of_a_session_is_its_role_with_the_path(aws: StandIn, path: str, assumes: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    condition = {
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ASSETS}:role/promotion/*"},
        "StringEquals": {"sts:ExternalId": "secret"},
    }
    target = a_role(
        aws, trusts={"AWS": f"arn:aws:iam::{ASSETS}:root"}, account=DEV, path="/promotion/", condition=condition
    )
    function = a_function(
        aws, ASSUME, role=a_role(aws, allow("sts:AssumeRole", target), path=path), environment={"TARGET": target}
    )

    answer = invoke(aws, function)

    assert (answer["Payload"] == "assumed") == assumes
    if not assumes:
        assert answer["Payload"]["errorType"] == "ClientError"


def test_the_principal_of_a_machine_is_its_role_with_the_path(aws: StandIn) -> None:
    there = a_function(aws, WHO, account=DEV)
    condition = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ASSETS}:role/promotion/*"}}
    grants = allow("lambda:InvokeFunction", function_arn(there, DEV))
    target = a_role(aws, grants, trusts={"AWS": ASSETS}, account=DEV, condition=condition)
    state = task(INVOKE, {"FunctionName": function_arn(there, DEV)}, Credentials={"RoleArn": target})

    for path, status in (("/promotion/", "SUCCEEDED"), ("/another/", "FAILED")):
        role = a_role(aws, allow("sts:AssumeRole"), trusts="states.amazonaws.com", path=path)
        assert run(aws, one_state(state), role=role)["status"] == status


def test_a_role_is_assumed_under_its_path_and_no_other(aws: StandIn) -> None:
    role = a_role(aws, trusts={"AWS": ASSETS}, path="/promotion/")
    sts = aws.client("sts", ASSETS)

    assert sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    for wrong in (role.replace("/promotion/", "/"), role.replace("/promotion/", "/another/")):
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=wrong, RoleSessionName="session")


def test_the_name_of_a_role_is_taken_whatever_its_path(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html: unique within the account."""
    iam, name = aws.client("iam", ASSETS), a_role(aws, trusts={"AWS": ASSETS}, path="/one/").rpartition("/")[2]
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        iam.create_role(Path="/another/", RoleName=name, AssumeRolePolicyDocument="{}")


def test_a_session_may_do_what_both_its_role_and_its_session_policy_allow(aws: StandIn, who: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session"""
    other = a_function(aws, WHO)
    both = allow("lambda:GetFunction", [function_arn(who), function_arn(other)])
    policy = {
        "Version": "2012-10-17",
        "Statement": [allow(["lambda:GetFunction", "lambda:ListAliases"], function_arn(who))],
    }
    session = session_of(aws, "lambda", both, policy=json.dumps(policy))

    assert session.get_function(FunctionName=who)["Configuration"]
    with pytest.raises(ClientError, match="not authorized to perform: lambda:GetFunction"):
        session.get_function(FunctionName=other)
    with pytest.raises(ClientError, match="not authorized to perform: lambda:ListAliases"):
        session.list_aliases(FunctionName=who)


def test_a_session_for_one_target_may_change_its_function_and_no_other(aws: StandIn, who: str) -> None:
    other, version = a_function(aws, WHO), a_version(aws, who)
    target = LambdaTarget(ASSETS, REGION, who, "deployed").as_target()
    session = session_of(aws, "lambda", allow(["lambda:*", "iam:PassRole"]), policy=session_policy(rights_of(target)))

    session.create_alias(FunctionName=who, Name="deployed", FunctionVersion=version)
    assert session.get_function(FunctionName=who, Qualifier=version)["Configuration"]["Version"] == version
    calls: list[tuple[str, str, Json]] = [
        ("GetFunction", "get_function", {}),
        ("GetFunctionConfiguration", "get_function_configuration", {"Qualifier": "1"}),
        ("UpdateFunctionCode", "update_function_code", {"ImageUri": "an-image"}),
        ("UpdateFunctionConfiguration", "update_function_configuration", {"MemorySize": 256}),
        ("PublishVersion", "publish_version", {}),
        ("CreateAlias", "create_alias", {"Name": "deployed", "FunctionVersion": "1"}),
        ("UpdateAlias", "update_alias", {"Name": "deployed", "FunctionVersion": "1"}),
        ("GetAlias", "get_alias", {"Name": "deployed"}),
    ]
    for action, call, arguments in calls:
        with pytest.raises(ClientError, match=f"not authorized to perform: lambda:{action}"):
            getattr(session, call)(FunctionName=other, **arguments)


def test_every_call_to_lambda_is_an_action_of_its_own(aws: StandIn, who: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
    reader = session_of(aws, "lambda", allow("lambda:GetAlias", f"{function_arn(who)}*"))

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        reader.get_alias(FunctionName=who, Name="missing")
    calls: list[tuple[str, str, Json]] = [
        ("ListAliases", "list_aliases", {}),
        ("UpdateAlias", "update_alias", {"Name": "missing"}),
        ("GetFunctionConfiguration", "get_function_configuration", {}),
    ]
    for action, call, arguments in calls:
        with pytest.raises(ClientError, match=f"not authorized to perform: lambda:{action}"):
            getattr(reader, call)(FunctionName=who, **arguments)


def test_a_function_is_named_with_its_qualifier(aws: StandIn, who: str) -> None:
    aws.client("lambda", ASSETS).create_alias(FunctionName=who, Name="named", FunctionVersion="$LATEST")
    caller = session_of(aws, "lambda", allow("lambda:InvokeFunction", f"{function_arn(who)}:named"))

    assert caller.invoke(FunctionName=who, Qualifier="named")["StatusCode"] == 200
    with pytest.raises(ClientError, match="AccessDenied"):
        caller.invoke(FunctionName=who)


def test_a_mail_is_sent_as_the_identity_it_comes_from(aws: StandIn) -> None:
    aws.client("sesv2", ASSETS).create_email_identity(EmailIdentity="roles.example")
    identity = f"arn:aws:ses:{REGION}:{ASSETS}:identity/roles.example"
    mail = {
        "FromEmailAddress": "Gantry <gantry@roles.example>",
        "Destination": {"ToAddresses": ["ops@roles.example"]},
        "Content": {"Simple": {"Subject": {"Data": "hello"}, "Body": {"Text": {"Data": "hello"}}}},
    }

    assert session_of(aws, "sesv2", allow("ses:SendEmail", identity)).send_email(**mail)["MessageId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        session_of(aws, "sesv2", allow("ses:SendEmail", f"{identity}x")).send_email(**mail)


def test_a_log_stream_is_named_within_its_group(aws: StandIn) -> None:
    logs, group = aws.client("logs", ASSETS), new_name("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    stream = f"arn:aws:logs:{REGION}:{ASSETS}:log-group:{group}:log-stream:stream"
    event = {"logGroupName": group, "logStreamName": "stream", "logEvents": [{"timestamp": 1, "message": "hello"}]}

    assert session_of(aws, "logs", allow("logs:PutLogEvents", stream)).put_log_events(**event)
    with pytest.raises(ClientError, match="AccessDenied"):
        session_of(aws, "logs", allow("logs:PutLogEvents", f"{stream}x")).put_log_events(**event)


def test_what_happens_in_an_execution_is_logged_to_the_machines_group(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""
    logs, group = aws.client("logs", ASSETS), new_name("group")
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ASSETS}:log-group:{group}:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}

    run(aws, one_state({"Type": "Pass", "Next": "Done"}, Done=DONE), LOG_DELIVERY, loggingConfiguration=logging)

    types = [
        event["message"].split('"type": "')[1].split('"')[0]
        for event in logs.filter_log_events(logGroupName=group)["events"]
    ]
    assert types[:2] == ["ExecutionStarted", "PassStateEntered"]
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        a_machine(aws, one_state(DONE), loggingConfiguration=logging)
