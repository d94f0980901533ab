"""The interpreter keeps to the Amazon States Language, as far as the definitions use it."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.unit.asl.definitions import INTEGRATION, all_states, machine, require_known
from tests.unit.asl.execution import Execution
from tests.unit.asl.expressions import EvaluationError, Json

INVOKE = f"{INTEGRATION}lambda:invoke"
NEXT = {"Output": "{% $states.result.Payload %}", "Next": "Done"}
DONE: Json = {"Type": "Succeed"}


def task(**more: Any) -> Json:
    return {"Type": "Task", "Resource": INVOKE, "Arguments": {"given": "{% $states.input %}"}, **more}


def retrier(error: str, times: int) -> Json:
    return {"ErrorEquals": [error], "MaxAttempts": times}


def run(states: Json, given: Any = None) -> Execution:
    definition = {"StartAt": next(iter(states)), "States": states}
    require_known(definition)
    numbers = count(1)
    return Execution(definition, "arn:one", given or {}, lambda: f"moment {next(numbers)}")


@pytest.mark.parametrize("name", ["deployment", "rollback"])
def test_the_interpreter_knows_everything_that_a_definition_says(name: str) -> None:
    assert dict(all_states(machine(name)))


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 1},
        task(End=True, Credentials={}),
        task(End=True, Resource=f"{INTEGRATION}sqs:sendMessage"),
        task(End=True, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done", "ResultPath": "$"}]),
    ],
)
def test_a_definition_with_anything_else_is_refused(state: Json) -> None:
    with pytest.raises((AssertionError, KeyError)):
        require_known({"States": {"Unknown": state}})


def test_a_task_is_sent_its_arguments_and_its_output_is_the_next_input() -> None:
    states = {"First": task(Output="{% $states.result.Payload %}", Next="Second"), "Second": task(**NEXT), "Done": DONE}
    execution = run(states, {"a": 1})
    assert execution.try_task("") == {"given": {"a": 1}}
    execution.succeed({"b": [2]})
    assert execution.try_task("") == {"given": {"b": [2]}}
    execution.succeed("three")
    assert (execution.status, execution.output) == ("SUCCEEDED", "three")


def test_a_state_assigns_and_puts_out_by_what_was_known_before() -> None:
    both = {"Assign": {"n": 2, "old": "{% $n %}"}, "Output": "{% $n %}", "Next": "Done"}
    first = task(Assign={"n": 1}, Next="Second")
    execution = run({"First": first, "Second": task(**both), "Done": DONE})
    execution.succeed(None)
    execution.succeed(None)
    assert (execution.variables, execution.output) == ({"n": 2, "old": 1}, 1)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("$states.result.Payload.nothing", None), ("$states.result.Payload.one", [1]), ("$states.result.Payload", ...)],
)
def test_null_and_lists_stay_what_they_are(expression: str, value: Any) -> None:
    result = {"nothing": None, "one": [1]}
    execution = run({"First": task(Assign={"found": f"{{% {expression} %}}"}, Next="Done"), "Done": DONE})
    execution.succeed(result)
    assert execution.variables["found"] == (result if value is ... else value)


@pytest.mark.parametrize(
    "expression", ["$unknown", "$states.result.Payload.unknown", "$states.errorOutput.Error", "1 +"]
)
def test_an_expression_without_a_value_is_an_error(expression: str) -> None:
    execution = run({"First": task(Output=f"{{% {expression} %}}", Next="Done"), "Done": DONE})
    with pytest.raises(EvaluationError):
        execution.succeed({})


def test_each_retrier_counts_its_own_tries_and_the_state_is_entered_once() -> None:
    retry = [retrier("Busy", 2), retrier("States.ALL", 1)]
    context = "{% $states.context.State %}"
    execution = run({"First": task(Arguments={"state": context}, Retry=retry, Next="Done"), "Done": DONE})
    entered = execution.try_task("")["state"]
    assert [execution.fail(error, "") for error in ("Busy", "Other", "Busy")] == [True, True, True]
    assert execution.try_task("")["state"] == entered | {"RetryCount": 3}
    assert not execution.fail("Busy", "why")
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Busy", "why")


def test_the_first_retrier_that_matches_decides() -> None:
    execution = run({"First": task(Retry=[retrier("Final", 0), retrier("States.ALL", 3)], Next="Done"), "Done": DONE})
    assert execution.fail("Other", "")
    assert not execution.fail("Final", "")


def test_tries_that_are_used_up_are_the_last_ones() -> None:
    execution = run({"First": task(Retry=[retrier("States.ALL", 3)], Next="Done"), "Done": DONE})
    execution.use_up_tries()
    assert not execution.fail("Other", "")


@pytest.mark.parametrize(
    ("error", "caught"), [("Known", "Known"), ("Lambda.Unknown", "States.TaskFailed"), ("States.Timeout", "States.ALL")]
)
def test_the_first_catcher_that_matches_an_error_goes_on(error: str, caught: str) -> None:
    def catch(name: str) -> Json:
        return {"ErrorEquals": [name], "Assign": {"by": name, "failure": "{% $states.errorOutput %}"}, "Next": "Done"}

    catchers = [catch(name) for name in ("Known", "States.TaskFailed", "States.ALL")]
    execution = run({"First": task(Catch=catchers, Next="Done"), "Done": DONE})
    assert not execution.fail(error, "why")
    assert execution.variables == {"by": caught, "failure": {"Error": error, "Cause": "why"}}
    assert execution.output == {"Error": error, "Cause": "why"}


def test_a_choice_takes_the_first_condition_that_is_true() -> None:
    choices = [
        {"Condition": f"{{% $states.input.n = {each} %}}", "Assign": {"chosen": each}, "Next": "Done"}
        for each in (1, 2)
    ]
    states = {"Choose": {"Type": "Choice", "Choices": choices, "Default": "Failed"}, "Done": DONE}
    failed = {"Failed": {"Type": "Fail", "Error": "None", "Cause": "{% 'not ' & $states.input.n %}"}}
    assert run(states | failed, {"n": 2}).variables == {"chosen": 2}
    assert run(states | failed, {"n": 3}).cause == "not 3"


def test_a_task_with_a_token_ends_with_the_answer() -> None:
    waiting = task(Resource=f"{INVOKE}.waitForTaskToken", Arguments={"token": "{% $states.context.Task.Token %}"})
    execution = run({"First": waiting | {"Output": "{% $states.result %}", "Next": "Done"}, "Done": DONE})
    assert execution.waits_for_token
    assert execution.try_task("t1") == {"token": "t1"}
    execution.succeed({"fence": 1})
    assert execution.output == {"fence": 1}
    assert execution.token is None


@pytest.fixture
def iterate() -> Callable[..., Execution]:
    """An execution with a Map over two items, each of which assigns in a scope of its own."""

    def started(items: str = "{% $states.input %}", **inner: Any) -> Execution:
        work = task(Assign={"inner": "{% $outer + $states.input.n %}"}, Output="{% $states.result.Payload %}", End=True)
        each = {
            "Type": "Map",
            "Items": items,
            "ItemSelector": {"at": "{% $states.context.Map.Item.Index %}", "n": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": {"StartAt": "Work", "States": {"Work": work | inner}},
            "Catch": [
                {"ErrorEquals": ["Bad"], "Assign": {"failed": "{% $states.errorOutput.Error %}"}, "Next": "Done"}
            ],
            "Assign": {"results": "{% $states.result %}"},
            "Next": "Done",
        }
        first = {
            "First": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% true %}", "Assign": {"outer": 10}, "Next": "Each"}],
            }
        }
        return run({**first, "Each": each, "Done": DONE}, [5, 6])

    return started


def test_a_map_runs_one_iteration_after_the_other_each_with_its_own_variables(
    iterate: Callable[..., Execution],
) -> None:
    execution = iterate()
    assert execution.try_task("") == {"given": {"at": 0, "n": 5}}
    execution.succeed("a")
    assert execution.try_task("") == {"given": {"at": 1, "n": 6}}
    assert execution.variables == {"outer": 10}
    execution.succeed("b")
    assert execution.status == "SUCCEEDED"
    assert execution.variables == {"outer": 10, "results": ["a", "b"]}


def test_a_map_over_nothing_has_no_results(iterate: Callable[..., Execution]) -> None:
    assert iterate("{% [] %}").variables["results"] == []


@pytest.mark.parametrize(("error", "status"), [("Bad", "SUCCEEDED"), ("Worse", "FAILED")])
def test_an_error_that_an_iteration_does_not_catch_is_the_maps(
    iterate: Callable[..., Execution], error: str, status: str
) -> None:
    execution = iterate()
    execution.fail(error, "")
    assert (execution.status, execution.variables.get("failed")) == (status, "Bad" if error == "Bad" else None)


def test_an_iteration_assigns_nothing_that_is_known_outside(iterate: Callable[..., Execution]) -> None:
    with pytest.raises(AssertionError, match="outer"):
        iterate(Assign={"outer": 1}).succeed(None)
