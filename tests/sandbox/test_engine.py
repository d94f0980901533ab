"""Executions, their languages and their errors."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import (
    DONE,
    INVOKE,
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
    start,
)

FAIL_ON_BAD = """
class BadItemError(Exception):
    pass

def handler(event, context):
    if event.get("item") == "bad":
        raise BadItemError("this one is bad")
    return event
"""


def invoking(function: str, **fields: Any) -> Json:
    arguments = {"FunctionName": function_arn(function), "Payload": {"item": "{% $states.input %}"}}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, **fields}


def each(processor: Json, **fields: Any) -> Json:
    return {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "MaxConcurrency": 1,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **one_state(processor)},
        "End": True,
        **fields,
    }


@pytest.fixture(scope="module")
def fail_on_bad(aws: StandIn) -> str:
    return a_function(aws, FAIL_ON_BAD)


def test_a_sequential_map_stops_at_the_first_failed_item(aws: StandIn, fail_on_bad: str) -> None:
    definition = one_state(each(invoking(fail_on_bad, End=True)))
    machine = a_machine(aws, definition, allow("lambda:InvokeFunction"))

    execution = start(aws, machine, {"items": ["good", "bad", "good"]})

    assert ended(aws, execution)["error"] == "BadItemError"
    started = [event for event in events_of(aws, execution) if event["type"] == "MapIterationStarted"]
    assert len(started) == 2, "the third item was never begun"


def test_the_history_links_every_event_to_the_one_before(aws: StandIn) -> None:
    execution = start(aws, a_machine(aws, one_state(each({"Type": "Pass", "End": True}))), {"items": [1]})
    ended(aws, execution)

    events = events_of(aws, execution)

    assert [event["type"] for event in events][:3] == ["ExecutionStarted", "MapStateEntered", "MapStateStarted"]
    assert events[2]["previousEventId"] == events[1]["id"]


def test_an_execution_that_takes_too_long_has_timed_out(aws: StandIn) -> None:
    forever = {"TimeoutSeconds": 1, **one_state({"Type": "Wait", "Seconds": 3600, "Next": "Done"}, Done=DONE)}

    assert run(aws, forever)["status"] == "TIMED_OUT"


@pytest.mark.parametrize("kind", ["task", "token", "map"])
def test_an_execution_that_has_timed_out_waits_for_nothing_and_does_nothing_more(
    aws: StandIn, tmp_path: Path, kind: str
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html"""
    calls, seconds = tmp_path / "calls", 0 if kind == "token" else 4
    count = "open(event['calls'], 'a').write('x')"
    function = a_function(aws, f"import time\ndef handler(event, context):\n    {count}\n    time.sleep({seconds})")
    task = invoking(function, End=True)
    task["Arguments"]["Payload"] = {"calls": str(calls)}
    if kind == "token":
        task["Resource"] = INVOKE_AND_WAIT
        task["Arguments"]["Payload"]["token"] = "{% $states.context.Task.Token %}"
    state = {**(each(task) if kind == "map" else task), "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}]}
    after = {"Type": "Pass", "End": True}
    definition = {"TimeoutSeconds": 2, **one_state(state, After=after)}
    machine = a_machine(aws, definition, allow("lambda:InvokeFunction"))
    began = time.monotonic()

    execution = start(aws, machine, {"items": [1, 2]})

    assert ended(aws, execution)["status"] == "TIMED_OUT"
    assert 1.9 <= time.monotonic() - began < 3.5
    events = events_of(aws, execution)
    assert events[-1]["type"] == "ExecutionTimedOut"
    time.sleep(4)
    assert events_of(aws, execution) == events
    assert calls.read_text() == "x"
    assert ended(aws, execution)["status"] == "TIMED_OUT"


def test_a_history_is_read_from_its_end(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"""
    execution = start(aws, a_machine(aws, one_state({"Type": "Pass", "Next": "Done"}, Done=DONE)))
    ended(aws, execution)
    newest_first = list(reversed(events_of(aws, execution)))
    sfn = aws.client("stepfunctions", ASSETS)

    first = sfn.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=2)
    second = sfn.get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=2, nextToken=first["nextToken"]
    )

    assert first["events"] == newest_first[:2]
    assert first["events"][0]["type"] == "ExecutionSucceeded"
    assert second["events"] == newest_first[2:4]


def test_a_task_that_takes_too_long_fails_with_a_timeout(aws: StandIn) -> None:
    slow = a_function(aws, "import time\ndef handler(event, context):\n    time.sleep(5)")
    task = invoking(slow, TimeoutSeconds="{% 1 %}", End=True)

    assert run(aws, one_state(task), allow("lambda:InvokeFunction"))["error"] == "States.Timeout"


def test_starting_again_with_the_same_name_and_input_is_the_same_execution(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    machine = a_machine(aws, one_state({"Type": "Wait", "Seconds": 3600, "Next": "Done"}, Done=DONE))
    first = start(aws, machine, {"a": 1}, name="once")

    assert start(aws, machine, {"a": 1}, name="once") == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(aws, machine, {"a": 2}, name="once")


@pytest.mark.parametrize("name", ["with space", "a" * 81, "sha256:abc", "a/b"])
def test_a_name_that_aws_does_not_allow_is_refused(aws: StandIn, name: str) -> None:
    machine = a_machine(aws, one_state({"Type": "Pass", "End": True}))

    with pytest.raises(ClientError, match="InvalidName"):
        start(aws, machine, {}, name=name)


def test_input_that_is_not_json_is_refused(aws: StandIn) -> None:
    machine = a_machine(aws, one_state({"Type": "Pass", "End": True}))

    with pytest.raises(ClientError, match="InvalidExecutionInput"):
        aws.client("stepfunctions", ASSETS).start_execution(stateMachineArn=machine, input="{")


def test_quotes_in_a_value_do_not_break_an_expression(aws: StandIn) -> None:
    definition = one_state(
        {"Type": "Pass", "Assign": {"said": "{% $states.input.text %}"}, "Next": "Second"},
        Second={"Type": "Pass", "Output": "{% $said & '!' %}", "End": True},
    )

    assert run(aws, definition, value={"text": 'she said "no"'})["output"] == 'she said "no"!'


def test_an_execution_knows_when_it_was_started(aws: StandIn) -> None:
    definition = one_state({"Type": "Pass", "Output": "{% $states.context.Execution.StartTime %}", "End": True})

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run(aws, definition)["output"])


def test_a_bare_dollar_is_the_item_that_is_looked_at(aws: StandIn) -> None:
    definition = one_state({"Type": "Pass", "Output": "{% $states.input[$ > 1] %}", "End": True})

    assert run(aws, definition, value=[1, 2, 3])["output"] == [2, 3]


def test_null_is_a_value(aws: StandIn) -> None:
    definition = one_state({"Type": "Pass", "Output": "{% $states.input.there %}", "End": True})

    assert run(aws, definition, value={"there": None})["output"] is None


def test_the_functions_that_step_functions_adds_are_there(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    output = {
        "partition": "{% $partition([1, 2, 3], 2) %}",
        "range": "{% $range(1, 3, 1) %}",
        "hash": "{% $hash('a', 'SHA-256') %}",
        "uuid": "{% $length($uuid()) %}",
        "parse": "{% $parse('[1]') %}",
    }

    assert run(aws, one_state({"Type": "Pass", "Output": output, "End": True}))["output"] == {
        "partition": [[1, 2], [3]],
        "range": [1, 2, 3],
        "hash": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "uuid": 36,
        "parse": [1],
    }


@pytest.mark.parametrize("expression", ["$states.input.missing", "1 + 'a'", "function($x) { $x }"])
def test_a_bad_expression_is_an_error_that_a_catch_sees(aws: StandIn, expression: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    caught = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": f"{{% {expression} %}}"}, "Catch": caught}

    result = run(aws, one_state({**task, "End": True}, Caught=DONE))

    assert result["output"]["Error"] == "States.QueryEvaluationError"


def test_a_failed_child_reaches_the_catch_of_a_map_under_its_own_name(aws: StandIn) -> None:
    child = a_machine(aws, one_state({"Type": "Fail", "Error": "Broken", "Cause": "as told"}))
    nested = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child, "Input": {}},
        "End": True,
    }
    caught = each(nested, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}])

    result = run(aws, one_state(caught, Caught=DONE), allow(["states:*", "events:*"]), value={"items": [1]})

    assert result["output"]["Error"] == "States.TaskFailed"
    assert "Broken" in result["output"]["Cause"]


@pytest.mark.parametrize("outer", ["Map", "Parallel"])
def test_a_timeout_reaches_the_catch_of_what_is_around_it_under_its_own_name(aws: StandIn, outer: str) -> None:
    slow = a_function(aws, "import time\ndef handler(event, context):\n    time.sleep(5)")
    task = invoking(slow, TimeoutSeconds=1, End=True)
    around = {"Type": "Parallel", "Branches": [one_state(task)], "End": True} if outer == "Parallel" else each(task)
    caught = {**around, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]}

    result = run(aws, one_state(caught, Caught=DONE), allow("lambda:InvokeFunction"), value={"items": [1]})

    assert result["output"]["Error"] == "States.Timeout"


def test_a_query_error_reaches_the_catch_of_a_map_under_its_own_name(aws: StandIn) -> None:
    bad = {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}
    caught = each(bad, Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}])

    result = run(aws, one_state(caught, Caught=DONE), value={"items": [{}]})

    assert result["output"]["Error"] == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    ("error", "wildcard", "caught"),
    [
        ("BadItemError", "States.ALL", True),
        ("BadItemError", "States.TaskFailed", True),
        ("States.Timeout", "States.ALL", True),
        ("States.Timeout", "States.TaskFailed", False),
        ("States.Runtime", "States.ALL", False),
    ],
)
def test_a_wildcard_catches_what_aws_says_that_it_catches(
    aws: StandIn, fail_on_bad: str, error: str, wildcard: str, caught: bool
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    queue = aws.client("sqs", ASSETS).create_queue(QueueName="unread")["QueueUrl"]
    slow = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"},
        "TimeoutSeconds": 1,
    }
    jsonpath = {"Type": "Pass", "Parameters": {"a.$": "$.missing"}}
    state = {"BadItemError": invoking(fail_on_bad), "States.Timeout": slow, "States.Runtime": jsonpath}[error]
    parallel = {"Type": "Parallel", "Branches": [one_state({**state, "End": True})], "End": True}
    caught_there = {**parallel, "Catch": [{"ErrorEquals": [wildcard], "Next": "Caught"}]}
    definition = one_state(caught_there, Caught=DONE)
    if error == "States.Runtime":
        definition |= {"QueryLanguage": "JSONPath"}

    result = run(aws, definition, allow(["lambda:InvokeFunction", "sqs:SendMessage"]), value="bad")

    assert (result["status"] == "SUCCEEDED") is caught
    assert caught or result["error"] == error


@pytest.mark.parametrize(("size", "fits"), [(250_000, True), (270_000, False)])
def test_a_task_with_more_than_256_kib_of_arguments_fails_and_no_wildcard_catches_it(
    aws: StandIn, fail_on_bad: str, size: int, fits: bool
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    task = invoking(fail_on_bad)
    task["Arguments"]["Payload"] = {"text": "a" * size}
    task |= {"Output": "small", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "Next": "Caught"}

    result = run(aws, one_state(task, Caught=DONE), allow(["lambda:InvokeFunction"]))

    assert result.get("error") == (None if fits else "States.DataLimitExceeded")


def test_sdk_integrations_write_names_in_pascal_case_and_errors_with_the_service(aws: StandIn) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    machine = a_machine(aws, one_state({"Type": "Pass", "End": True}))
    describe = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
        "Arguments": {"StateMachineArn": machine},
        "Output": "{% $states.result.StateMachineArn %}",
        "End": True,
    }
    missing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:lambda:getFunction",
        "Arguments": {"FunctionName": "missing"},
        "End": True,
    }

    assert run(aws, one_state(describe), allow("states:DescribeStateMachine"))["output"] == machine
    assert run(aws, one_state(missing), allow("lambda:GetFunction"))["error"] == "Lambda.ResourceNotFoundException"


def test_wait_states_and_retries_are_as_much_shorter_as_the_time_scale_says(aws: StandIn, fail_on_bad: str) -> None:
    """The tests' stand-in runs with a time scale of 0.02."""
    retry = [{"ErrorEquals": ["BadItemError"], "IntervalSeconds": 25, "MaxAttempts": 1}]
    definition = one_state(
        {"Type": "Wait", "Seconds": 25, "Next": "Task"},
        Task={**invoking(fail_on_bad), "Retry": retry, "End": True},
    )
    began = time.monotonic()

    result = run(aws, definition, allow("lambda:InvokeFunction"), value="bad")

    assert result["error"] == "BadItemError"
    assert 1 <= time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (one_state({"Type": "Pass", "Next": "Nowhere"}), "MISSING_TRANSITION_TARGET"),
        (one_state({"Type": "Pass"}), "SCHEMA_VALIDATION_FAILED"),
        (one_state({"Type": "Task", "End": True}), "SCHEMA_VALIDATION_FAILED"),
        ({"StartAt": "Nobody", "States": {"First": DONE}}, "MISSING_TRANSITION_TARGET"),
        (one_state(each({"Type": "Pass", "Next": "Nowhere"})), "MISSING_TRANSITION_TARGET"),
    ],
)
def test_a_definition_with_a_mistake_is_refused(aws: StandIn, definition: Json, code: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidDefinition.*{code}"):
        a_machine(aws, definition)
