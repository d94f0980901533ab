"""What the contract tests need to be there: roles, functions, machines, each under a name of its own."""

import io
import itertools
import json
import os
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sandbox.driver.host import PYTHON
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn

Json = dict[str, Any]
T = TypeVar("T")
_numbers = itertools.count(1)
_START = uuid.uuid4().hex[:6]
LEFT_OUT = tuple(name for name in os.environ.get("SANDBOX_WITHOUT", "").split(",") if name)
"""The repairs that the stand-ins leave out."""

LOG_DELIVERY = {
    "Effect": "Allow",
    "Action": [
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ],
    "Resource": "*",
}


def new_name(kind: str) -> str:
    return f"{kind}-{_START}-{next(_numbers)}"


def soon(look: Callable[[], T | None], seconds: float = 10) -> T:
    """What `look` finds, as soon as it finds it."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def allow(action: str | list[str], resource: str | list[str] = "*") -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def an_event_queue(aws: StandIn, name: str = "", account: str = ASSETS) -> str:
    """The URL of a queue that rules may send to."""
    sending = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = _policy(sending | {"Resource": "*"})
    made = aws.client("sqs", account).create_queue(QueueName=name or new_name("queue"), Attributes={"Policy": policy})
    return str(made["QueueUrl"])


def a_role(
    aws: StandIn,
    *statements: Json,
    trusts: str | Json = "lambda.amazonaws.com",
    account: str = ASSETS,
    path: str = "/",
    condition: Json | None = None,
) -> str:
    """A role's ARN; it trusts a service, or the principal that is given."""
    principal = {"Service": trusts} if isinstance(trusts, str) else trusts
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust |= {"Condition": condition} if condition else {}
    iam, name = aws.client("iam", account), new_name("role")
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_policy(trust))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="main", PolicyDocument=_policy(*statements))
    return str(made["Role"]["Arn"])


def session_of(aws: StandIn, service: str, *statements: Json, policy: str | None = None) -> Any:
    """A client with the credentials of a role that may do what the statements and a session policy say."""
    role = a_role(aws, *statements, trusts={"AWS": ASSETS})
    narrowed = {"Policy": policy} if policy else {}
    keys = aws.client("sts", ASSETS).assume_role(RoleArn=role, RoleSessionName="session", **narrowed)["Credentials"]
    return aws.session_client(service, REGION, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _policy(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def let_rule_invoke(aws: StandIn, function: str, rule: str) -> None:
    """Let the rule of this ARN invoke the function."""
    aws.client("lambda", ASSETS).add_permission(
        FunctionName=function,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )


def zip_of(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), source)
    return buffer.getvalue()


def a_function(  # noqa: PLR0913 -- each of them is left out by most tests
    aws: StandIn,
    source: str,
    *,
    account: str = ASSETS,
    role: str | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: int = 10,
) -> str:
    """The name of a function that can be invoked."""
    client, name = aws.client("lambda", account), new_name("function")
    client.create_function(
        FunctionName=name,
        Role=role or a_role(aws, account=account),
        Runtime=f"python{PYTHON}",
        Handler="app.handler",
        Code={"ZipFile": zip_of(source)},
        Timeout=timeout,
        Environment={"Variables": dict(environment or {})},
    )
    settled(aws, name, account)
    return name


def settled(aws: StandIn, function: str, account: str = ASSETS) -> Json:
    """The function's configuration once no update is under way."""

    def look() -> Json | None:
        config = aws.client("lambda", account).get_function_configuration(FunctionName=function)
        return config if config["LastUpdateStatus"] == "Successful" and config["State"] == "Active" else None

    return soon(look)


def a_version(aws: StandIn, function: str, source: str | None = None, account: str = ASSETS) -> str:
    """The number of a published version that can be invoked, of new code if it is given."""
    client = aws.client("lambda", account)
    if source is not None:
        client.update_function_code(FunctionName=function, ZipFile=zip_of(source))
        settled(aws, function, account)
    version = str(client.publish_version(FunctionName=function)["Version"])

    def active() -> bool:
        found = client.get_function_configuration(FunctionName=function, Qualifier=version)
        return bool(found["State"] == "Active")

    soon(active)
    return version


def invoke(aws: StandIn, function: str, event: object = None, account: str = ASSETS, **options: str) -> Json:
    """What Lambda answers, with the payload read."""
    answer: Json = aws.client("lambda", account).invoke(
        FunctionName=function, Payload=json.dumps(event).encode(), **options
    )
    return {**answer, "Payload": json.loads(answer["Payload"].read())}


def function_arn(function: str, account: str = ASSETS) -> str:
    return f"arn:aws:lambda:{REGION}:{account}:function:{function}"


def a_machine(aws: StandIn, definition: Json, *statements: Json, role: str | None = None, **options: Any) -> str:
    """The ARN of a machine whose role may do what the statements say."""
    made = aws.client("stepfunctions", ASSETS).create_state_machine(
        name=new_name("machine"),
        definition=json.dumps({"QueryLanguage": "JSONata", **definition}),
        roleArn=role or a_role(aws, *statements, trusts="states.amazonaws.com"),
        **options,
    )
    return str(made["stateMachineArn"])


def start(aws: StandIn, machine: str, value: object = None, **options: str) -> str:
    """The ARN of a new execution."""
    started = aws.client("stepfunctions", ASSETS).start_execution(
        stateMachineArn=machine, input=json.dumps(value if value is not None else {}), **options
    )
    return str(started["executionArn"])


def ended(aws: StandIn, execution: str) -> Json:
    """The execution as it is described once it has ended, with the output read."""

    def look() -> Json | None:
        found: Json = aws.client("stepfunctions", ASSETS).describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found = soon(look)
    return {**found, "output": json.loads(found.get("output") or "null")}


def run(aws: StandIn, definition: Json, *statements: Json, value: object = None, **options: Any) -> Json:
    """How an execution of a new machine ends."""
    return ended(aws, start(aws, a_machine(aws, definition, *statements, **options), value))


def events_of(aws: StandIn, execution: str) -> list[Json]:
    """The execution's history, oldest first."""
    pages = aws.client("stepfunctions", ASSETS).get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]


def one_state(state: Json, **others: Json) -> Json:
    """A definition that begins with a state called First."""
    return {"StartAt": "First", "States": {"First": state, **others}}


DONE: Json = {"Type": "Succeed"}
INVOKE = "arn:aws:states:::lambda:invoke"
INVOKE_AND_WAIT = "arn:aws:states:::lambda:invoke.waitForTaskToken"
