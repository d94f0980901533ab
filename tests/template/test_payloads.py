"""What the definitions hand on: to their functions, to other executions, and from state to state."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.template.parsed import (
    KEY,
    MACHINES,
    MERGED,
    as_list,
    assigned,
    definition,
    lambda_tasks,
    source,
    states,
    tasks,
    ways_on,
)

every_machine = pytest.mark.parametrize("machine", MACHINES)

SENT_THE_INPUT_AGAIN = {"RecordPromotion": "its event names the repository when there is no release yet"}
"""States beside the first that are sent the execution's input, with the reason."""


def payloads(state: Mapping[str, Any]) -> Iterator[Any]:
    """What a state hands on in our own words."""
    arguments = state.get("Arguments", {})
    yield from (arguments.get("Payload"), arguments.get("Input"))
    for each in [state, *state.get("Catch", [])]:
        yield from (each.get("Assign"), each.get("Output"), each.get("ItemSelector"))


def keys(value: Any) -> Iterator[str]:
    """Every key in a payload, also of an object that an expression makes."""
    if isinstance(value, str):
        yield from KEY.findall(value)
    elif isinstance(value, Mapping):
        yield from value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from keys(each)


@every_machine
def test_payload_keys_are_snake_case(machine: str) -> None:
    # AWS' own names: the console links executions by the first, and an error has the others.
    given = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "Error", "Cause"}
    for name, state in states(machine).items():
        found = {key for payload in payloads(state) for key in keys(payload)} - given
        assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key) for key in found), (name, found)


@every_machine
def test_a_task_that_waits_for_a_token_hands_it_over(machine: str) -> None:
    for name, task in tasks(machine).items():
        token = "$states.context.Task.Token" in str(task.get("Arguments"))
        assert token == task["Resource"].endswith(".waitForTaskToken"), name


@every_machine
def test_every_variable_that_is_used_is_assigned(machine: str) -> None:
    """One that is not fails the execution with States.QueryEvaluationError, which no state expects."""
    assignments = {
        name for state in states(machine).values() for way in ways_on(state) for name in way.get("Assign", {})
    }
    text = re.sub(r"'[^']*'", "", source(machine))
    used, inner = (set(re.findall(pattern, text)) for pattern in (r"\$([a-z][a-z_]*)\b(?!\()", r"\$([a-z][a-z_]*) :="))
    assert used - inner - {"states"} <= assignments


@every_machine
def test_what_every_task_is_sent_is_assigned_by_the_first_state_and_always_has_the_same_keys(machine: str) -> None:
    first, *others = lambda_tasks(machine)
    assert definition(machine)["StartAt"] == first
    given = [each for way in ways_on(states(machine)[first]) for each in as_list(way.get("Assign", {}).get("task", []))]
    assert given == assigned(machine, "task")
    assert len({frozenset(each) for each in given}) == 1
    for name in others:
        assert MERGED.fullmatch(lambda_tasks(machine)[name]["Arguments"]["Payload"]), name


@every_machine
def test_what_only_one_task_is_sent_replaces_nothing_that_all_are_sent(machine: str) -> None:
    shared = {key for each in assigned(machine, "task") for key in each}
    for name, task in lambda_tasks(machine).items():
        if merged := MERGED.fullmatch(str(task["Arguments"]["Payload"])):
            own = KEY.findall(merged[1])
            assert len(own) == len(set(own)), name
            assert not shared & set(own), name


@every_machine
def test_nobody_but_the_first_state_sends_the_executions_input(machine: str) -> None:
    first = definition(machine)["StartAt"]
    sending = {name for name, task in tasks(machine).items() if "Execution.Input" in str(task["Arguments"])}
    assert sending - SENT_THE_INPUT_AGAIN.keys() <= {first}
    assert sending & SENT_THE_INPUT_AGAIN.keys() == states(machine).keys() & SENT_THE_INPUT_AGAIN.keys()
