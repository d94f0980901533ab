"""Tasks that wait for a token, and executions that are stopped while they wait."""

import json
import time
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    INVOKE_AND_WAIT,
    Json,
    a_function,
    a_machine,
    a_role,
    allow,
    ended,
    events_of,
    function_arn,
    one_state,
    soon,
    start,
)

NESTED = "arn:aws:states:::states:startExecution.sync:2"
WAIT_FOR_EVER = one_state({"Type": "Wait", "Seconds": 999999, "Next": "Done"}, Done=DONE)


@pytest.fixture(scope="module")
def silent(aws: StandIn) -> str:
    return a_function(aws, "def handler(event, context):\n    return {}")


@pytest.fixture(scope="module")
def tokens(aws: StandIn) -> Callable[[str], list[str]]:
    """The tokens that an execution has given out, oldest first, read from its history."""

    def read(execution: str) -> list[str]:
        scheduled = [
            event["taskScheduledEventDetails"] for event in events_of(aws, execution) if "Scheduled" in event["type"]
        ]
        return [json.loads(details["parameters"])["Payload"]["token"] for details in scheduled]

    return read


def waiting(function: str, **fields: object) -> Json:
    payload = {"token": "{% $states.context.Task.Token %}"}
    arguments = {"FunctionName": function_arn(function), "Payload": payload}
    return {"Type": "Task", "Resource": INVOKE_AND_WAIT, "Arguments": arguments, "End": True, **fields}


def is_waiting(aws: StandIn, execution: str, times: int = 1) -> None:
    soon(lambda: [event["type"] for event in events_of(aws, execution)].count("TaskSubmitted") >= times)


def test_an_answer_ends_the_task_and_its_token(aws: StandIn, silent: str, tokens: Callable[[str], list[str]]) -> None:
    execution = start(aws, a_machine(aws, one_state(waiting(silent)), allow("lambda:InvokeFunction")))
    is_waiting(aws, execution)
    [token] = tokens(execution)
    sfn = aws.client("stepfunctions", ASSETS)

    sfn.send_task_heartbeat(taskToken=token)
    sfn.send_task_success(taskToken=token, output='{"approved": true}')

    assert ended(aws, execution)["output"] == {"approved": True}
    with pytest.raises(ClientError, match="TaskTimedOut"):
        sfn.send_task_success(taskToken=token, output="{}")


def test_a_token_that_never_was_is_invalid_and_so_is_an_answer_that_is_no_json(aws: StandIn) -> None:
    sfn = aws.client("stepfunctions", ASSETS)

    with pytest.raises(ClientError, match="InvalidToken"):
        sfn.send_task_success(taskToken="never", output="{}")
    with pytest.raises(ClientError, match="InvalidOutput"):
        sfn.send_task_success(taskToken="never", output="{")


def test_a_wait_that_times_out_goes_to_its_catch_and_ends_its_token(
    aws: StandIn, silent: str, tokens: Callable[[str], list[str]]
) -> None:
    state = waiting(silent, TimeoutSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Quiet"}])
    execution = start(aws, a_machine(aws, one_state(state, Quiet=DONE), allow("lambda:InvokeFunction")))

    assert ended(aws, execution)["status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        aws.client("stepfunctions", ASSETS).send_task_failure(taskToken=tokens(execution)[0], error="late")


def test_a_task_without_heartbeats_fails(aws: StandIn, silent: str) -> None:
    state = waiting(silent, TimeoutSeconds=60, HeartbeatSeconds=1)

    execution = start(aws, a_machine(aws, one_state(state), allow("lambda:InvokeFunction")))

    assert "Timeout" in ended(aws, execution)["error"]


def test_a_function_that_fails_before_it_passes_the_token_on_fails_the_task(aws: StandIn) -> None:
    failing = a_function(aws, "def handler(event, context):\n    raise ValueError('no mail')")

    execution = start(aws, a_machine(aws, one_state(waiting(failing)), allow("lambda:InvokeFunction")))

    assert ended(aws, execution)["error"] == "ValueError"


def test_every_attempt_has_a_token_of_its_own(aws: StandIn, silent: str, tokens: Callable[[str], list[str]]) -> None:
    state = waiting(silent, Retry=[{"ErrorEquals": ["Again"], "MaxAttempts": 1}])
    execution = start(aws, a_machine(aws, one_state(state), allow("lambda:InvokeFunction")))
    sfn = aws.client("stepfunctions", ASSETS)
    is_waiting(aws, execution)

    sfn.send_task_failure(taskToken=tokens(execution)[0], error="Again")
    is_waiting(aws, execution, times=2)
    first, second = tokens(execution)

    assert first != second
    with pytest.raises(ClientError, match="TaskTimedOut"):
        sfn.send_task_success(taskToken=first, output="{}")
    sfn.send_task_success(taskToken=second, output='"second"')
    assert ended(aws, execution)["output"] == "second"


def test_a_stopped_execution_ends_there_and_then(aws: StandIn, silent: str, tokens: Callable[[str], list[str]]) -> None:
    caught = waiting(silent, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "After"}])
    execution = start(aws, a_machine(aws, one_state(caught, After=DONE), allow("lambda:InvokeFunction")))
    is_waiting(aws, execution)
    sfn = aws.client("stepfunctions", ASSETS)

    sfn.stop_execution(executionArn=execution, error="Stopped", cause="by hand")
    time.sleep(0.5)

    last = events_of(aws, execution)[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Stopped", "cause": "by hand"}
    assert ended(aws, execution)["status"] == "ABORTED"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        sfn.send_task_success(taskToken=tokens(execution)[0], output="{}")


def a_parent(aws: StandIn, child: str, *statements: Json) -> str:
    nested = {"Type": "Task", "Resource": NESTED, "Arguments": {"StateMachineArn": child, "Input": {}}, "End": True}
    needed = allow(
        [
            "states:StartExecution",
            "states:DescribeExecution",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
        ]
    )
    return a_machine(aws, one_state(nested), needed, *statements)


def child_execution(aws: StandIn, child: str) -> str:
    def running() -> list[Json]:
        found: list[Json] = aws.client("stepfunctions", ASSETS).list_executions(stateMachineArn=child)["executions"]
        return found

    return str(soon(running)[0]["executionArn"])


def test_stopping_an_execution_stops_the_one_it_waits_for(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync"""
    child = a_machine(aws, WAIT_FOR_EVER)
    parent = start(aws, a_parent(aws, child, allow("states:StopExecution")))
    inner = child_execution(aws, child)

    aws.client("stepfunctions", ASSETS).stop_execution(executionArn=parent)

    assert ended(aws, inner)["status"] == "ABORTED"


def test_a_role_that_may_not_stop_executions_leaves_the_child_running(aws: StandIn) -> None:
    child = a_machine(aws, WAIT_FOR_EVER)
    parent = start(aws, a_parent(aws, child))
    inner = child_execution(aws, child)
    sfn = aws.client("stepfunctions", ASSETS)

    sfn.stop_execution(executionArn=parent)
    time.sleep(1)

    assert sfn.describe_execution(executionArn=inner)["status"] == "RUNNING"


def test_a_machine_needs_a_role_that_it_may_assume_itself(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html"""
    another = {"ArnEquals": {"aws:SourceArn": f"arn:aws:states:{REGION}:{ASSETS}:stateMachine:another"}}

    for role in (a_role(aws), a_role(aws, trusts="states.amazonaws.com", condition=another)):
        with pytest.raises(ClientError, match=r"AccessDeniedException.*not authorized to assume"):
            a_machine(aws, WAIT_FOR_EVER, role=role)


def test_an_iteration_that_fails_stops_what_the_others_have_started(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync"""
    waiting_child = a_machine(aws, WAIT_FOR_EVER)
    failing_child = a_machine(aws, one_state({"Type": "Wait", "Seconds": 1, "Next": "Bad"}, Bad={"Type": "Fail"}))
    nested = {
        "Type": "Task",
        "Resource": NESTED,
        "Arguments": {"StateMachineArn": "{% $states.input %}", "Input": {}},
        "End": True,
    }
    side_by_side = {
        "Type": "Map",
        "Items": [waiting_child, failing_child],
        "MaxConcurrency": 2,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **one_state(nested)},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    parent = start(aws, a_machine(aws, one_state(side_by_side, Caught=DONE), allow(["states:*", "events:*"])))

    assert ended(aws, parent)["status"] == "SUCCEEDED"

    assert ended(aws, child_execution(aws, waiting_child))["status"] == "ABORTED"


def test_a_machine_that_waits_for_others_needs_the_managed_rule(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
    nested = {"Type": "Task", "Resource": NESTED, "Arguments": {"StateMachineArn": "x", "Input": {}}, "End": True}

    with pytest.raises(ClientError, match="not authorized to create managed-rule"):
        a_machine(aws, one_state(nested), allow("states:*"))
