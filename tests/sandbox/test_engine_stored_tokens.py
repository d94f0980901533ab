"""Tasks that store their token in a table, with an SDK integration, and wait for the answer."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    Json,
    a_machine,
    allow,
    ended,
    events_of,
    new_name,
    one_state,
    run,
    soon,
    start,
)

UPDATE_AND_WAIT = "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"
KEY: Json = {"pk": {"S": "promotion#1"}, "sk": {"S": "approval"}}


@pytest.fixture
def table(aws: StandIn) -> str:
    name = new_name("table")
    aws.client("dynamodb", ASSETS).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEY],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return name


def may_update(table: str) -> Json:
    return allow("dynamodb:UpdateItem", f"arn:aws:dynamodb:{REGION}:{ASSETS}:table/{table}")


def storing(table: str, seconds: int = 60, **fields: object) -> Json:
    """Two states: the first sets how long the second waits for an answer."""
    arguments = {
        "TableName": table,
        "Key": KEY,
        "UpdateExpression": "SET task_token = :token",
        "ConditionExpression": "attribute_not_exists(approval.#outcome)",
        "ExpressionAttributeNames": {"#outcome": "outcome"},
        "ExpressionAttributeValues": {":token": {"S": "{% $states.context.Task.Token %}"}},
    }
    waiting = {"Type": "Task", "Resource": UPDATE_AND_WAIT, "Arguments": arguments, "End": True}
    return one_state(
        {"Type": "Pass", "Assign": {"seconds": seconds}, "Next": "Wait"},
        Wait={**waiting, "TimeoutSeconds": "{% $seconds %}", **fields},
        Caught={**DONE, "Output": {"caught": "{% $states.input.Error %}"}},
    )


def caught(error: str) -> list[Json]:
    return [{"ErrorEquals": [error], "Next": "Caught"}]


def stored_token(aws: StandIn, table: str) -> str:
    """The token that is in the table, once there is one."""

    def look() -> Json | None:
        item: Json = aws.client("dynamodb", ASSETS).get_item(TableName=table, Key=KEY).get("Item", {})
        return item.get("task_token")

    return str(soon(look)["S"])


def decide(aws: StandIn, table: str) -> None:
    """Somebody has answered already."""
    approval = {"approval": {"M": {"outcome": {"S": "approved"}}}}
    aws.client("dynamodb", ASSETS).put_item(TableName=table, Item=KEY | approval)


@pytest.mark.parametrize("answer", ["success", "failure"])
def test_the_token_is_stored_and_its_answer_ends_the_wait(aws: StandIn, table: str, answer: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token"""
    execution = start(aws, a_machine(aws, storing(table, Catch=caught("Rejected")), may_update(table)))
    sfn, token = aws.client("stepfunctions", ASSETS), stored_token(aws, table)
    time.sleep(0.5)
    assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"

    if answer == "success":
        sfn.send_task_success(taskToken=token, output='{"outcome": "approved"}')
        assert ended(aws, execution)["output"] == {"outcome": "approved"}
    else:
        sfn.send_task_failure(taskToken=token, error="Rejected", cause="by hand")
        assert ended(aws, execution)["output"] == {"caught": "Rejected"}
    [scheduled] = [event for event in events_of(aws, execution) if event["type"] == "TaskScheduled"]
    assert scheduled["taskScheduledEventDetails"]["timeoutInSeconds"] == 60


def test_a_wait_for_a_stored_token_times_out(aws: StandIn, table: str) -> None:
    machine = a_machine(aws, storing(table, 1, Catch=caught("States.Timeout")), may_update(table))

    execution = ended(aws, start(aws, machine))

    assert execution["output"] == {"caught": "States.Timeout"}
    with pytest.raises(ClientError, match="TaskTimedOut"):
        aws.client("stepfunctions", ASSETS).send_task_success(taskToken=stored_token(aws, table), output="{}")


def test_a_token_that_is_not_stored_is_not_waited_for(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html"""
    decide(aws, table)
    name = "DynamoDb.ConditionalCheckFailedException"

    uncaught = run(aws, storing(table), may_update(table))
    execution = run(aws, storing(table, Catch=caught(name)), may_update(table))

    assert uncaught["error"] == name
    assert execution["output"] == {"caught": name}


def test_the_token_of_a_failed_call_has_no_task(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    decide(aws, table)
    long = {"Type": "Wait", "Seconds": 999999, "Next": "Caught"}
    definition = storing(table, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Long"}])
    definition["States"]["Long"] = long

    execution = start(aws, a_machine(aws, definition, may_update(table)))
    soon(lambda: [event for event in events_of(aws, execution) if event["type"] == "WaitStateEntered"])
    [scheduled] = [event for event in events_of(aws, execution) if event["type"] == "TaskScheduled"]
    values = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])["ExpressionAttributeValues"]

    with pytest.raises(ClientError, match="TaskTimedOut"):
        aws.client("stepfunctions", ASSETS).send_task_success(taskToken=values[":token"]["S"], output="{}")


def test_the_token_is_stored_with_the_machines_role(aws: StandIn, table: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    execution = run(aws, storing(table), may_update(f"not-{table}"))

    assert execution["error"] == "DynamoDb.DynamoDbException"
    assert "not authorized to perform: dynamodb:UpdateItem" in execution["cause"]
