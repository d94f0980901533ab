"""EventBridge: what reaches its target, and what becomes of what does not."""

import json
import time

import pytest

from sandbox.stand_in.accounts import ASSETS, DEV, REGION, STAGING
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    Json,
    a_function,
    a_machine,
    a_role,
    allow,
    function_arn,
    let_rule_invoke,
    new_name,
    one_state,
    soon,
    start,
)

EVENTBRIDGE = "events.amazonaws.com"


def a_queue(aws: StandIn, *statements: Json) -> tuple[str, str]:
    """The URL and the ARN of a queue with this policy."""
    sqs, name = aws.client("sqs", ASSETS), new_name("queue")
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})} if statements else {}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ASSETS}:{name}"


LETS_EVENTBRIDGE_SEND = {
    "Effect": "Allow",
    "Principal": {"Service": EVENTBRIDGE},
    "Action": "sqs:SendMessage",
    "Resource": "*",
}


def a_rule(aws: StandIn, source: str, target: Json, account: str = ASSETS, bus: str = "default") -> str:
    """The ARN of a rule that sends events of one source to a target."""
    events, name = aws.client("events", account), new_name("rule")
    pattern = json.dumps({"source": [source]})
    arn = events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)["RuleArn"]
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "target", **target}])
    return str(arn)


def put(aws: StandIn, source: str, account: str = ASSETS) -> None:
    aws.client("events", account).put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": '{"a": 1}'}])


def messages(aws: StandIn, queue: str) -> list[Json]:
    received: list[Json] = (
        aws.client("sqs", ASSETS).receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages", [])
    )
    return received


def dead_letter(aws: StandIn, queue: str) -> tuple[str, Json]:
    """Why an event was not delivered, and the event."""
    [message] = soon(lambda: messages(aws, queue))
    return message["MessageAttributes"]["ERROR_CODE"]["StringValue"], json.loads(message["Body"])


def executions(aws: StandIn, machine: str) -> list[Json]:
    found: list[Json] = aws.client("stepfunctions", ASSETS).list_executions(stateMachineArn=machine)["executions"]
    return found


def test_a_machine_is_started_with_the_targets_role(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html"""
    machine, source = a_machine(aws, one_state(DONE)), new_name("source")
    role = a_role(aws, allow("states:StartExecution", machine), trusts=EVENTBRIDGE)
    a_rule(aws, source, {"Arn": machine, "RoleArn": role})

    put(aws, source)

    assert soon(lambda: executions(aws, machine))


@pytest.mark.parametrize("missing", ["permission", "trust", "machine"])
def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(aws: StandIn, missing: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    machine, source = a_machine(aws, one_state(DONE)), new_name("source")
    url, queue = a_queue(aws, LETS_EVENTBRIDGE_SEND)
    grants = [] if missing == "permission" else [allow("states:StartExecution")]
    role = a_role(aws, *grants, trusts=EVENTBRIDGE)
    target = f"{machine}x" if missing == "machine" else machine
    a_rule(aws, source, {"Arn": target, "RoleArn": role, "DeadLetterConfig": {"Arn": queue}})
    if missing == "trust":  # a rule is refused a role that does not trust EventBridge when it is given one
        nobody = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
        aws.client("iam", ASSETS).update_assume_role_policy(
            RoleName=role.rpartition("/")[2],
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [nobody]}),
        )

    put(aws, source)

    code, event = dead_letter(aws, url)
    assert code == ("RESOURCE_NOT_FOUND" if missing == "machine" else "NO_PERMISSIONS")
    assert (event["source"], event["detail"]) == (source, {"a": 1})
    assert not executions(aws, machine)


def test_a_dead_letter_queue_must_let_eventbridge_in(aws: StandIn) -> None:
    source, (url, queue) = new_name("source"), a_queue(aws)
    a_rule(aws, source, {"Arn": function_arn("missing"), "DeadLetterConfig": {"Arn": queue}})
    let_in, (url_let_in, queue_let_in) = new_name("source"), a_queue(aws, LETS_EVENTBRIDGE_SEND)
    a_rule(aws, let_in, {"Arn": function_arn("missing"), "DeadLetterConfig": {"Arn": queue_let_in}})

    put(aws, source)
    put(aws, let_in)

    assert dead_letter(aws, url_let_in)[0] == "RESOURCE_NOT_FOUND"
    assert not messages(aws, url)


def logged(aws: StandIn, function: str) -> list[str]:
    """What the function printed."""
    logs = aws.client("logs", ASSETS)
    if not logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]:
        return []
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return [event["message"] for event in events if event["message"].startswith("from ")]


PRINTS = "def handler(event, context):\n    print('from', event['account'], event['source'])"


def test_a_function_is_invoked_if_its_policy_lets_the_rule(aws: StandIn) -> None:
    function, source, (url, queue) = a_function(aws, PRINTS), new_name("source"), a_queue(aws, LETS_EVENTBRIDGE_SEND)
    rule = a_rule(aws, source, {"Arn": function_arn(function), "DeadLetterConfig": {"Arn": queue}})

    put(aws, source)
    assert dead_letter(aws, url)[0] == "NO_PERMISSIONS"
    let_rule_invoke(aws, function, rule)
    put(aws, source)

    assert soon(lambda: logged(aws, function)) == [f"from {ASSETS} {source}"]


@pytest.fixture
def bus(aws: StandIn) -> str:
    name = new_name("bus")
    aws.client("events", ASSETS).create_event_bus(Name=name)
    return name


def let_in(aws: StandIn, bus: str, account: str, source: str) -> None:
    """A template gives the bus a policy that lets one account put events of one source."""
    arn = f"arn:aws:events:{REGION}:{ASSETS}:event-bus/{bus}"
    principal, condition = {"AWS": f"arn:aws:iam::{account}:root"}, {"StringEquals": {"events:source": source}}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "events:PutEvents", "Resource": arn}
    statement |= {"Condition": condition}
    policy = {"EventBusName": bus, "StatementId": f"account{account}", "Statement": statement}
    template = {"Resources": {"Policy": {"Type": "AWS::Events::EventBusPolicy", "Properties": policy}}}
    stack = new_name("stack")
    client = aws.client("cloudformation", ASSETS)
    client.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    soon(lambda: client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")


def test_events_cross_accounts_if_role_and_bus_allow_it(aws: StandIn, bus: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html"""
    arn, source, function = (
        f"arn:aws:events:{REGION}:{ASSETS}:event-bus/{bus}",
        new_name("source"),
        a_function(aws, PRINTS),
    )
    rule = a_rule(aws, source, {"Arn": function_arn(function)}, bus=bus)
    let_rule_invoke(aws, function, rule)
    let_in(aws, bus, DEV, source)
    let_in(aws, bus, STAGING, "another.source")
    for account in (DEV, STAGING):
        role = a_role(aws, allow("events:PutEvents", arn), trusts=EVENTBRIDGE, account=account)
        a_rule(aws, source, {"Arn": arn, "RoleArn": role}, account)

    put(aws, source, STAGING)
    put(aws, source, DEV)

    assert soon(lambda: logged(aws, function)) == [f"from {DEV} {source}"], "the bus does not let in the other"


def test_a_role_that_may_not_put_events_reaches_no_other_bus(aws: StandIn, bus: str) -> None:
    source, (url, queue) = new_name("source"), a_queue(aws, LETS_EVENTBRIDGE_SEND)
    arn, role = f"arn:aws:events:{REGION}:{ASSETS}:event-bus/{bus}", a_role(aws, trusts=EVENTBRIDGE)
    a_rule(aws, source, {"Arn": arn, "RoleArn": role, "DeadLetterConfig": {"Arn": queue}})

    put(aws, source)

    assert dead_letter(aws, url)[0] == "NO_PERMISSIONS"


KEEPS = """
import json

def handler(event, context):
    print("kept", json.dumps(event))
"""


def a_keeper(aws: StandIn, rule: str, pattern: Json | None = None, rate: str = "") -> str:
    """A function that a rule of this name may invoke, and does."""
    events, function = aws.client("events", ASSETS), a_function(aws, KEEPS)
    when = {"EventPattern": json.dumps(pattern)} if pattern else {"ScheduleExpression": rate}
    arn = events.put_rule(Name=rule, **when)["RuleArn"]
    let_rule_invoke(aws, function, arn)
    events.put_targets(Rule=rule, Targets=[{"Id": "target", "Arn": function_arn(function)}])
    return function


def kept(aws: StandIn, function: str) -> list[Json]:
    """The events that the function got."""
    logs = aws.client("logs", ASSETS)
    if not logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]:
        return []
    lines = [event["message"] for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]]
    return [json.loads(line.removeprefix("kept ")) for line in lines if line.startswith("kept ")]


FOR_EVER: Json = {"Type": "Wait", "Seconds": 999999, "Next": "Done"}


@pytest.mark.parametrize(
    ("status", "definition", "told"),
    [
        ("FAILED", one_state({"Type": "Fail", "Error": "Broken", "Cause": "as told"}), ("Broken", "as told")),
        ("TIMED_OUT", {"TimeoutSeconds": 1, **one_state(FOR_EVER, Done=DONE)}, None),
        ("ABORTED", one_state(FOR_EVER, Done=DONE), ("Stopped", "by hand")),
    ],
)
def test_an_execution_that_ends_badly_is_told_on_the_default_bus(
    aws: StandIn, status: str, definition: Json, told: tuple[str, str] | None
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    machine = a_machine(aws, definition)
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [machine]},
    }
    function = a_keeper(aws, new_name("rule"), pattern)
    began = time.time()
    start(aws, a_machine(aws, definition))  # of another machine
    execution = start(aws, machine, {"a": 1})
    if status == "ABORTED":
        aws.client("stepfunctions", ASSETS).stop_execution(executionArn=execution, error="Stopped", cause="by hand")

    [event] = soon(lambda: kept(aws, function))

    assert (event["source"], event["account"], event["resources"]) == ("aws.states", ASSETS, [execution])
    detail = event["detail"]
    assert (detail["executionArn"], detail["stateMachineArn"]) == (execution, machine)
    assert (detail["name"], detail["status"]) == (execution.rsplit(":", 1)[-1], status)
    assert (json.loads(detail["input"]), detail["inputDetails"]) == ({"a": 1}, {"included": True})
    assert (detail["output"], detail["outputDetails"], detail["redriveStatus"]) == (None, None, "REDRIVABLE")
    assert told is None or (detail["error"], detail["cause"]) == told
    assert began - 1 <= detail["startDate"] / 1000 <= detail["stopDate"] / 1000 <= time.time() + 1
    assert isinstance(detail["startDate"], int)
    assert isinstance(detail["stopDate"], int)


def test_a_rule_with_a_rate_invokes_its_function_again_and_again(aws: StandIn) -> None:
    """The tests' stand-in runs with a time scale of 0.02: a minute is 1.2 seconds.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    """
    rule, began = new_name("rule"), time.monotonic()
    function = a_keeper(aws, rule, rate="rate(2 minutes)")

    first, *_ = soon(lambda: events if len(events := kept(aws, function)) > 1 else None)

    assert time.monotonic() - began >= 2 * 2.4 - 0.5
    arn = f"arn:aws:events:{REGION}:{ASSETS}:rule/{rule}"
    assert (first["source"], first["detail-type"], first["detail"]) == ("aws.events", "Scheduled Event", {})
    assert (first["resources"], first["account"], first["region"]) == ([arn], ASSETS, REGION)
    aws.client("events", ASSETS).disable_rule(Name=rule)


def test_a_template_makes_a_rule_with_a_rate(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html"""
    function, rule, stack = a_function(aws, KEEPS), new_name("rule"), new_name("stack")
    permission = {
        "FunctionName": function,
        "Action": "lambda:InvokeFunction",
        "Principal": EVENTBRIDGE,
        "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
    }
    properties = {
        "Name": rule,
        "ScheduleExpression": "rate(1 minute)",
        "State": "ENABLED",
        "Targets": [{"Id": "target", "Arn": function_arn(function)}],
    }
    resources = {
        "Rule": {"Type": "AWS::Events::Rule", "Properties": properties},
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
    }
    client = aws.client("cloudformation", ASSETS)
    client.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))

    assert soon(lambda: kept(aws, function))
    assert aws.client("events", ASSETS).describe_rule(Name=rule)["ScheduleExpression"] == "rate(1 minute)"
    client.delete_stack(StackName=stack)


def test_a_queue_that_is_a_target_must_let_eventbridge_in(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions"""
    source, (url, queue) = new_name("source"), a_queue(aws)
    url_dead, queue_dead = a_queue(aws, LETS_EVENTBRIDGE_SEND)
    a_rule(aws, source, {"Arn": queue, "DeadLetterConfig": {"Arn": queue_dead}})

    put(aws, source)

    assert dead_letter(aws, url_dead)[0] == "NO_PERMISSIONS"
    assert not messages(aws, url)


def test_a_message_group_may_be_taken_from_the_event(aws: StandIn) -> None:
    """https://github.com/aws/aws-cdk/discussions/23790"""
    sqs, name, source = aws.client("sqs", ASSETS), f"{new_name('queue')}.fifo", new_name("source")
    policy = {"Version": "2012-10-17", "Statement": [LETS_EVENTBRIDGE_SEND]}
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "Policy": json.dumps(policy)}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ASSETS}:{name}"
    a_rule(aws, source, {"Arn": arn, "SqsParameters": {"MessageGroupId": "$.detail.a"}})

    put(aws, source)

    def received() -> list[Json]:
        found: list[Json] = sqs.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages", [])
        return found

    [message] = soon(received)
    assert message["Attributes"]["MessageGroupId"] == "1"
