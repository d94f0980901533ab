"""The sizes and numbers that Step Functions allows.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    INVOKE_AND_WAIT,
    Json,
    a_function,
    a_machine,
    allow,
    ended,
    events_of,
    function_arn,
    one_state,
    run,
    soon,
    start,
)

MOST = 256 * 1024
LOOP = {"StartAt": "Again", "States": {"Again": {"Type": "Pass", "Next": "Again"}}}
NO_ROOM = "The execution reached the maximum number of history events (25000)."


def text_of(size: int) -> str:
    """A text that has this size as JSON in UTF-8. Two of its characters have two bytes each."""
    return "éé" + "a" * (size - len('"éé"'.encode()))


def state_with(kind: str, output: str) -> Json:
    """A state of this type with this output."""
    fields: dict[str, Json] = {
        "Pass": {"Next": "Done"},
        "Wait": {"Seconds": 0, "Next": "Done"},
        "Choice": {"Choices": [{"Condition": "{% false %}", "Next": "Done"}], "Default": "Done"},
        "Map": {"Items": [], "ItemProcessor": one_state({"Type": "Pass", "End": True}), "Next": "Done"},
        "Parallel": {"Branches": [one_state({"Type": "Pass", "End": True})], "Next": "Done"},
        "Succeed": {},
    }
    return {"Type": kind, "Output": output, **fields[kind]}


@pytest.mark.parametrize("kind", ["Pass", "Wait", "Choice", "Map", "Parallel", "Succeed"])
@pytest.mark.parametrize(("size", "fits"), [(MOST, True), (MOST + 1, False)])
def test_the_output_of_every_state_has_256_kib_at_most(aws: StandIn, kind: str, size: int, fits: bool) -> None:
    result = run(aws, one_state(state_with(kind, text_of(size)), Done=DONE))

    assert result.get("error") == (None if fits else "States.DataLimitExceeded")
    assert result["output"] == (text_of(size) if fits else None)


@pytest.mark.parametrize(("size", "fits"), [(MOST, True), (MOST + 1, False)])
def test_a_state_assigns_256_kib_at_most(aws: StandIn, size: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""
    half = MOST // 2
    assign = {"one": "a" * (half - len('""')), "two": "a" * (size - half - len('""'))}

    result = run(aws, one_state({"Type": "Pass", "Assign": assign, "Output": "small", "End": True}))

    assert result.get("error") == (None if fits else "States.DataLimitExceeded")


@pytest.mark.parametrize(("names", "fits"), [(40, True), (41, False)])
def test_all_variables_together_have_10_mib_at_most(aws: StandIn, names: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""
    first = {"Type": "Pass", "Assign": {"kept": "a" * (MOST - len('""'))}, "Output": "small", "Next": "Keep1"}
    states = {
        f"Keep{number}": {
            "Type": "Pass",
            "Assign": {f"kept{number}": "{% $kept %}"},
            "Output": "small",
            "Next": f"Keep{number + 1}",
        }
        for number in range(1, names)
    }

    result = run(aws, one_state(first, **states, **{f"Keep{names}": DONE}))

    assert result.get("error") == (None if fits else "States.DataLimitExceeded")


@pytest.mark.parametrize(("size", "fits"), [(MOST, True), (MOST + 1, False)])
def test_an_execution_is_started_with_256_kib_at_most(aws: StandIn, size: int, fits: bool) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    machine = a_machine(aws, one_state({"Type": "Pass", "Output": "small", "End": True}))
    sfn = aws.client("stepfunctions", ASSETS)
    value = json.dumps(text_of(size), ensure_ascii=False)

    if fits:
        assert (
            ended(aws, sfn.start_execution(stateMachineArn=machine, input=value)["executionArn"])["output"] == "small"
        )
        return
    with pytest.raises(ClientError, match=r"ValidationException.*'input'"):
        sfn.start_execution(stateMachineArn=machine, input=value)


def test_a_waiting_task_is_answered_with_256_kib_at_most(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    function = a_function(aws, "def handler(event, context):\n    pass")
    arguments = {"FunctionName": function_arn(function), "Payload": {"token": "{% $states.context.Task.Token %}"}}
    task = {"Type": "Task", "Resource": INVOKE_AND_WAIT, "Arguments": arguments, "End": True}
    execution = start(aws, a_machine(aws, one_state(task), allow("lambda:InvokeFunction")))
    token = soon(lambda: token_of(aws, execution))
    sfn = aws.client("stepfunctions", ASSETS)

    for answer, name in (
        ({"output": json.dumps(text_of(MOST + 1), ensure_ascii=False)}, "output"),
        ({"cause": "a" * 32_769}, "cause"),
        ({"error": "a" * 257}, "error"),
    ):
        send = sfn.send_task_success if name == "output" else sfn.send_task_failure
        with pytest.raises(ClientError, match=f"ValidationException.*'{name}'"):
            send(taskToken=token, **answer)
    sfn.send_task_success(taskToken=token, output=json.dumps(text_of(MOST), ensure_ascii=False))

    assert ended(aws, execution)["output"] == text_of(MOST)


def token_of(aws: StandIn, execution: str) -> str | None:
    """The token that a task of the execution waits for, if it was passed on."""
    scheduled = [
        each["taskScheduledEventDetails"] for each in events_of(aws, execution) if each["type"] == "TaskScheduled"
    ]
    return json.loads(scheduled[0]["parameters"])["Payload"]["token"] if scheduled else None


def test_an_execution_that_reaches_25000_events_fails(aws: StandIn) -> None:
    """https://github.com/floci-io/floci/issues/2734 quotes the end of such a history from AWS."""
    execution = start(aws, a_machine(aws, LOOP))

    described = soon(lambda: has_ended(aws, execution), seconds=120)

    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "States.Runtime", NO_ROOM)
    newest = aws.client("stepfunctions", ASSETS).get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=2
    )["events"]
    assert [(event["id"], event["previousEventId"]) for event in newest] == [(25_000, 24_999), (24_999, 24_998)]
    assert newest[0]["type"] == "ExecutionFailed"
    assert newest[0]["executionFailedEventDetails"] == {"error": "States.Runtime", "cause": NO_ROOM}


def test_no_catch_stops_an_execution_without_room_from_failing(aws: StandIn) -> None:
    branch = {**LOOP}
    state = {"Type": "Parallel", "Branches": [branch], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}
    execution = start(aws, a_machine(aws, one_state({**state, "End": True}, Done=DONE)))

    assert soon(lambda: has_ended(aws, execution), seconds=120)["cause"] == NO_ROOM


def has_ended(aws: StandIn, execution: str) -> Json | None:
    """The execution as it is described, if it has ended."""
    found: Json = aws.client("stepfunctions", ASSETS).describe_execution(executionArn=execution)
    return None if found["status"] == "RUNNING" else found
