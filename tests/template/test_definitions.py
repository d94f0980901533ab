"""The three definitions hold together: SAM and CloudFormation do not look inside them before they are deployed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest

from gantry.promotion.waves import MOST_SIDE_BY_SIDE
from tests.template.contract import OF_THE_MACHINES
from tests.template.parsed import (
    MACHINES,
    definition,
    graphs,
    states,
    strings,
    tasks,
    ways_on,
)
from tests.unit.asl.definitions import INTEGRATION

every_machine = pytest.mark.parametrize("machine", MACHINES)

AWS_ERRORS = re.compile(
    r"(States|Lambda|DynamoDB|DynamoDb|StepFunctions)\.\w+|Sandbox\.Timedout|ClientError|Transaction(Canceled|Conflict)Exception"
)
"""What AWS raises; Sandbox.Timedout is a function's time-out. The others escape from calls of the SDK: ClientError, and
the classes that it has for two writers of DynamoDB that meet on one item."""

JSONPATH_ONLY = {
    "InputPath",
    "OutputPath",
    "ResultPath",
    "ResultSelector",
    "Parameters",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "CausePath",
    "ErrorPath",
    "Variable",
}
OUTCOMES = {"Succeed", "Fail"}

COMPUTED = {
    "EnvironmentFailed": "{% $substringAfter($failed.Error, ",
    "NotApproved": "{% 'Approval' & ",
    "DeploymentRefused": "InvalidRequestError",
    "RollbackFailed": "{% $failed.Error %}",
}
"""What the error of a state begins with that fails in several ways, by the state's name."""


def after(state: Mapping[str, Any]) -> Iterator[str]:
    """The states that a state leads to."""
    yield from (way["Next"] for way in ways_on(state) if "Next" in way)
    if "Default" in state:
        yield state["Default"]


def handled(state: Mapping[str, Any], field: str) -> list[list[str]]:
    """The error names of each entry of a Retry or a Catch."""
    return [each["ErrorEquals"] for each in state.get(field, [])]


def fields(value: Any) -> Iterator[str]:
    """Every key in a definition, however deep."""
    if isinstance(value, Mapping):
        yield from value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        yield from fields(each)


@every_machine
def test_every_way_out_of_a_state_leads_to_one_beside_it(machine: str) -> None:
    for graph in graphs(machine):
        lost = {(name, to) for name, state in graph.states.items() for to in after(state) if to not in graph.states}
        assert not lost, f"{graph.where}: dangling {lost}"


@every_machine
def test_every_state_can_be_reached(machine: str) -> None:
    for graph in graphs(machine):
        reached, found = {graph.start}, [graph.start]
        while found:
            found = [to for name in found for to in after(graph.states[name]) if to not in reached]
            reached.update(found)
        assert reached == set(graph.states), graph.where


@every_machine
def test_every_state_goes_on_or_ends(machine: str) -> None:
    for name, state in states(machine).items():
        ends = [state["Type"] in OUTCOMES, "Next" in state, state.get("End", False), state["Type"] == "Choice"]
        assert ends.count(True) == 1, name
        assert state["Type"] != "Choice" or "Default" in state, (
            f"{name}: a choice that fits nothing fails without a name"
        )


@every_machine
def test_the_whole_execution_and_every_task_have_a_timeout(machine: str) -> None:
    assert definition(machine)["TimeoutSeconds"] > 0
    for name, task in tasks(machine).items():
        assert "TimeoutSeconds" in task, name


@every_machine
def test_specific_errors_are_handled_before_the_ones_that_cover_them(machine: str) -> None:
    for name, state in states(machine).items():
        for field in ("Retry", "Catch"):
            entries = handled(state, field)
            for covering in ("States.TaskFailed", "States.ALL"):
                alone = [each for each in entries if covering in each]
                assert all(each == [covering] for each in alone), f"{name}: {covering} stands alone"
                assert not alone or covering == "States.TaskFailed" or entries[-1] == alone[0], f"{name}: dead {field}"
            order = [each for entry in entries for each in entry]
            later = order[order.index("States.TaskFailed") + 1 :] if "States.TaskFailed" in order else []
            assert set(later) <= {"States.ALL", "States.Timeout", "States.DataLimitExceeded"}, f"{name}: dead {field}"
            assert len(order) == len(set(order)), f"{name}: {field} names an error twice"


@every_machine
def test_every_error_that_a_machine_waits_for_can_be_raised(machine: str) -> None:
    for name, state in states(machine).items():
        for error in (error for field in ("Retry", "Catch") for entry in handled(state, field) for error in entry):
            assert error in OF_THE_MACHINES or AWS_ERRORS.fullmatch(error), f"{name} waits for {error}"


@every_machine
def test_errors_of_a_direct_call_are_ones_that_the_call_has(machine: str) -> None:
    """In Step Functions' spelling, with `Exception` at the end of all:
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    for name, task in tasks(machine).items():
        if called := re.match(rf"{re.escape(INTEGRATION)}aws-sdk:dynamodb:(\w+)", task["Resource"]):
            operation = called[1][0].upper() + called[1][1:]
            model = botocore.session.get_session().get_service_model("dynamodb").operation_model(operation)
            raised = {f"DynamoDb.{each.name.removesuffix('Exception')}Exception" for each in model.error_shapes}
            waited_for = {error for field in ("Retry", "Catch") for entry in handled(task, field) for error in entry}
            assert waited_for <= raised | {"DynamoDb.SdkClientException", "States.Timeout"}, name


@every_machine
def test_a_failed_execution_says_its_outcome_and_a_cause(machine: str) -> None:
    for name, state in states(machine).items():
        if state["Type"] == "Fail":
            assert state["Error"].startswith(COMPUTED[name]) if name in COMPUTED else state["Error"] == name
            assert state["Cause"]


@every_machine
def test_everything_is_jsonata(machine: str) -> None:
    assert definition(machine)["QueryLanguage"] == "JSONata"
    assert "QueryLanguage" not in set(fields(definition(machine)["States"]))
    assert not JSONPATH_ONLY & set(fields(definition(machine)))
    expressions = [text for text in strings(definition(machine)) if "{%" in text]
    assert expressions
    assert all(text.startswith("{%") and text.endswith("%}") for text in expressions), "AWS takes the rest literally"


@every_machine
def test_states_are_named_in_pascal_case_and_once(machine: str) -> None:
    names = [name for graph in graphs(machine) for name in graph.states]
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", name) for name in names), names
    assert len(names) == len(set(names))


@every_machine
def test_choices_and_nothing_else_are_questions(machine: str) -> None:
    for name, state in states(machine).items():
        assert bool(re.match(r"(Is|Was|Has)[A-Z]", name)) == (state["Type"] == "Choice"), name


@every_machine
def test_every_map_but_a_waves_is_sequential_and_stops_at_its_first_failure(machine: str) -> None:
    for name, state in states(machine).items():
        if state["Type"] == "Map":
            assert state["MaxConcurrency"] == (MOST_SIDE_BY_SIDE if name == "DeployWave" else 1), name
            assert not {"ToleratedFailureCount", "ToleratedFailurePercentage"} & set(state), name
            assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}, name
