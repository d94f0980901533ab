"""What policies are evaluated with: the resource, the condition keys and the name of a call."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import a_function, a_machine, a_role, a_version, allow, invoke, new_name, one_state, soon
from tests.sandbox.plain_api import assumed

CALL = """
import json, os
import boto3

def handler(event, context):
    client = boto3.client(event["service"])
    getattr(client, event["call"])(**event["arguments"])
    return "done"
"""


def called(aws: StandIn, statement: dict[str, object], service: str, call: str, **arguments: object) -> str:
    """`done`, or why a function whose role has only this statement may not make the call."""
    function = a_function(aws, CALL, role=a_role(aws, statement))
    answer = invoke(aws, function, {"service": service, "call": call, "arguments": arguments})["Payload"]
    return answer if isinstance(answer, str) else str(answer["errorMessage"])


def test_a_call_counts_as_sent_over_tls(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    bucket, s3 = new_name("bucket"), aws.client("s3", ASSETS)
    s3.create_bucket(Bucket=bucket)
    resource = f"arn:aws:s3:::{bucket}/*"
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource, "Condition": insecure}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

    assert called(aws, allow("s3:PutObject", resource), "s3", "put_object", Bucket=bucket, Key="a", Body="b") == "done"


@pytest.mark.parametrize(("named", "answer"), [("it", "done"), ("another", "not authorized")])
def test_an_answer_to_a_task_token_is_authorised_on_its_machine(aws: StandIn, named: str, answer: str) -> None:
    """https://github.com/aws/aws-cdk/pull/8486"""
    queue = aws.client("sqs", ASSETS).create_queue(QueueName=new_name("queue"))["QueueUrl"]
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"},
        "TimeoutSeconds": 30,
        "End": True,
    }
    machine = a_machine(aws, one_state(wait), allow("sqs:SendMessage"))
    aws.client("stepfunctions", ASSETS).start_execution(stateMachineArn=machine)
    [message] = soon(lambda: aws.client("sqs", ASSETS).receive_message(QueueUrl=queue).get("Messages"))

    allowed = allow("states:SendTaskSuccess", machine if named == "it" else f"{machine}-another")
    said = called(aws, allowed, "stepfunctions", "send_task_success", taskToken=message["Body"], output="1")

    assert answer in said


def test_a_new_function_is_authorised_under_its_name(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_lambda.html"""
    allowed = allow(["lambda:CreateFunction", "iam:PassRole"], f"arn:aws:lambda:{REGION}:{ASSETS}:function:orders-*")
    code = {"S3Bucket": "some-bucket", "S3Key": "some-key"}
    arguments = {"Runtime": "python3.13", "Handler": "a.b", "Role": a_role(aws), "Code": code}

    refused = called(aws, allowed, "lambda", "create_function", FunctionName="billing-1", **arguments)
    passed = called(aws, allowed, "lambda", "create_function", FunctionName=new_name("orders"), **arguments)

    assert "lambda:CreateFunction" in refused
    assert "lambda:CreateFunction" not in passed


def test_a_stack_is_described_by_whoever_may_see_stacks_of_its_name(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html"""
    seen, unseen = new_name("seen"), new_name("unseen")
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in (seen, unseen):
        aws.client("cloudformation", ASSETS).create_stack(StackName=name, TemplateBody=template)
    may = allow("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{REGION}:{ASSETS}:stack/{seen}/*")

    assert called(aws, may, "cloudformation", "describe_stacks", StackName=seen) == "done"
    assert "cloudformation:DescribeStacks" in called(aws, may, "cloudformation", "describe_stacks", StackName=unseen)


@pytest.mark.parametrize(
    ("sender", "answer"), [("gantry@policy.example", "done"), ("x@policy.example", "AccessDenied")]
)
def test_a_policy_may_ask_who_a_mail_is_from(aws: StandIn, sender: str, answer: str) -> None:
    """https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"""
    aws.client("sesv2", ASSETS).create_email_identity(EmailIdentity="policy.example")
    statement = allow("ses:SendEmail", f"arn:aws:ses:{REGION}:{ASSETS}:identity/*")
    statement["Condition"] = {"StringEquals": {"ses:FromAddress": "gantry@policy.example"}}
    content = {"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "b"}}}}
    mail = {"FromEmailAddress": sender, "Destination": {"ToAddresses": ["ops@policy.example"]}, "Content": content}

    assert answer in called(aws, statement, "sesv2", "send_email", **mail)


def test_a_recorded_call_has_the_name_of_its_operation(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html"""
    function = a_function(aws, "def handler(event, context):\n    return 1", account=DEV)
    version, client = a_version(aws, function, account=DEV), aws.client("lambda", DEV)
    client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    client.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
    with pytest.raises(ClientError):
        client.get_alias(FunctionName=function, Name="none")
    aws.client("sts", DEV).get_caller_identity()

    pages = aws.client("cloudtrail", DEV).get_paginator("lookup_events").paginate()
    names = [event["EventName"] for page in pages for event in page["Events"]]

    assert {"CreateAlias", "UpdateAlias", "GetAlias", "CreateRole", "GetCallerIdentity"} <= set(names)


@pytest.mark.parametrize(
    ("value", "session", "is_let_in"),
    [
        ("${aws:PrincipalAccount}", DEV, True),
        ("${aws:PrincipalAccount}", ASSETS, False),
        ("of-${aws:PrincipalAccount}", f"of-{DEV}", True),
        ("${aws:PrincipalTag/team}", "None", False),
    ],
)
def test_a_variable_in_a_condition_stands_for_the_requests_own(
    aws: StandIn, value: str, session: str, is_let_in: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""
    condition = {"StringEquals": {"sts:RoleSessionName": value}}
    role = a_role(aws, trusts={"AWS": DEV}, condition=condition)
    caller = a_role(aws, allow("sts:AssumeRole"), trusts={"AWS": f"arn:aws:iam::{DEV}:root"}, account=DEV)
    sts = aws.session_client("sts", REGION, *assumed(aws, caller))
    if is_let_in:
        assert sts.assume_role(RoleArn=role, RoleSessionName=session)["AssumedRoleUser"]["Arn"].endswith(session)
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=role, RoleSessionName=session)
