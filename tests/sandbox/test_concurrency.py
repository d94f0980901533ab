"""How many invocations run at once, and how many processes there are."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import Limits
from tests.sandbox.given import (
    DONE,
    INVOKE,
    INVOKE_AND_WAIT,
    LEFT_OUT,
    Json,
    a_function,
    a_machine,
    a_role,
    allow,
    ended,
    function_arn,
    invoke,
    one_state,
    soon,
    start,
)

SLOTS = 2
PROCESSES = 3
MANY = 6
# Notes when it begins and when it ends. It takes so many seconds, and waits until there is a file.
NOTES = """
import os
import time

def note(event, what):
    with open(event["notes"], "a") as notes:
        notes.write(what)

def handler(event, context):
    note(event, "+")
    time.sleep(event.get("seconds", 0))
    while "until" in event and not os.path.exists(event["until"]):
        time.sleep(0.05)
    note(event, "-")
"""
CALLS_ANOTHER = """
import boto3

def handler(event, context):
    boto3.client("lambda").invoke(FunctionName=event["other"], Payload=b"{}")
"""


@pytest.fixture(scope="module")
def small() -> Iterator[StandIn]:
    """A stand-in of its own, with few slots and processes."""
    with StandIn(time_scale=0.02, without=LEFT_OUT, limits=Limits(invocations=SLOTS, processes=PROCESSES)) as running:
        yield running


@pytest.fixture(scope="module")
def noting(small: StandIn) -> str:
    return a_function(small, NOTES, timeout=60)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


def invoking(function: str, event: Json, resource: str = INVOKE, **fields: object) -> Json:
    arguments = {"FunctionName": function_arn(function), "Payload": event}
    return one_state(
        {"Type": "Task", "Resource": resource, "Arguments": arguments, "Next": "Done", **fields}, Done=DONE
    )


def most_at_once(notes: str) -> int:
    running = [notes[: end + 1].count("+") - notes[: end + 1].count("-") for end in range(len(notes))]
    return max(running)


def test_tasks_run_no_more_invocations_at_once_than_there_are_slots(small: StandIn, noting: str, notes: Path) -> None:
    event = {"notes": str(notes), "seconds": 0.5}
    machine = a_machine(small, invoking(noting, event), allow("lambda:InvokeFunction"))

    executions = [start(small, machine) for _ in range(MANY)]

    assert {ended(small, execution)["status"] for execution in executions} == {"SUCCEEDED"}
    assert most_at_once(notes.read_text()) == SLOTS


def test_asynchronous_invocations_wait_for_the_same_slots(small: StandIn, noting: str, notes: Path) -> None:
    event = {"notes": str(notes), "seconds": 0.5}
    for _ in range(MANY):
        small.client("lambda", ASSETS).invoke(
            FunctionName=noting, InvocationType="Event", Payload=json.dumps(event).encode()
        )

    soon(lambda: notes.read_text().count("-") == MANY)

    assert most_at_once(notes.read_text()) == SLOTS


def holding_all(small: StandIn, noting: str, notes: Path) -> list[str]:
    """Executions that hold all slots until there is a file called `end` beside the notes."""
    event = {"notes": str(notes), "until": str(notes.with_name("end"))}
    machine = a_machine(small, invoking(noting, event), allow("lambda:InvokeFunction"))
    executions = [start(small, machine) for _ in range(SLOTS)]
    soon(lambda: notes.read_text().count("+") == SLOTS)
    return executions


def test_the_wait_for_a_slot_is_not_part_of_a_tasks_timeout(small: StandIn, noting: str, notes: Path) -> None:
    holding_all(small, noting, notes)
    quick = invoking(noting, {"notes": str(notes)}, TimeoutSeconds=5)
    late = start(small, a_machine(small, quick, allow("lambda:InvokeFunction")))

    time.sleep(6)
    notes.with_name("end").touch()

    assert ended(small, late)["status"] == "SUCCEEDED"


def test_a_function_that_waits_for_another_does_not_wait_for_a_slot(small: StandIn) -> None:
    """All slots are taken by callers."""
    role = a_role(small, allow("lambda:InvokeFunction"))
    other = a_function(small, "def handler(event, context):\n    return 'done'")
    caller = a_function(small, CALLS_ANOTHER, role=role, timeout=30)
    machine = a_machine(small, invoking(caller, {"other": other}), allow("lambda:InvokeFunction"))

    executions = [start(small, machine) for _ in range(SLOTS)]

    assert {ended(small, execution)["status"] for execution in executions} == {"SUCCEEDED"}


def test_tasks_that_wait_for_a_token_hold_no_slots(small: StandIn, noting: str, notes: Path) -> None:
    event = {"notes": str(notes), "token": "{% $states.context.Task.Token %}"}
    waiting = a_machine(small, invoking(noting, event, INVOKE_AND_WAIT), allow("lambda:InvokeFunction"))
    executions = [start(small, waiting) for _ in range(SLOTS)]
    soon(lambda: notes.read_text().count("-") == SLOTS)

    machine = a_machine(small, invoking(noting, {"notes": str(notes)}), allow("lambda:InvokeFunction"))

    assert ended(small, start(small, machine))["status"] == "SUCCEEDED"
    for execution in executions:
        small.client("stepfunctions", ASSETS).stop_execution(executionArn=execution)


def test_an_execution_that_is_stopped_no_longer_waits_for_a_slot(small: StandIn, noting: str, notes: Path) -> None:
    executions = holding_all(small, noting, notes)
    late = start(small, a_machine(small, invoking(noting, {"notes": str(notes)}), allow("lambda:InvokeFunction")))

    small.client("stepfunctions", ASSETS).stop_execution(executionArn=late)
    time.sleep(2)
    notes.with_name("end").touch()

    assert {ended(small, execution)["status"] for execution in executions} == {"SUCCEEDED"}
    time.sleep(0.5)
    assert notes.read_text() == "+" * SLOTS + "-" * SLOTS


def test_the_processes_that_are_idle_for_longest_are_ended(small: StandIn) -> None:
    functions = [a_function(small, "import os\ndef handler(*_):\n    return os.getpid()") for _ in range(MANY)]

    processes = [invoke(small, function)["Payload"] for function in functions]

    alive = [process for process in processes if Path(f"/proc/{process}").exists()]
    assert alive == processes[-PROCESSES:]
    assert invoke(small, functions[-1])["Payload"] == processes[-1], "it was reused"
