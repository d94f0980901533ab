"""What the definitions try again, what they take for decided, and for how long they may go on."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gantry.promotion import errors
from gantry.promotion.manifest.model import LONGEST_BAKE
from gantry.promotion.traffic import Step, longest_rollout_seconds
from tests.template.parsed import MACHINES, ROOT, definition, lambda_tasks, module_of, states, tasks

every_machine = pytest.mark.parametrize("machine", MACHINES)
every_lambda_task = pytest.mark.parametrize(
    ("machine", "name"), [(machine, name) for machine in MACHINES for name in lambda_tasks(machine)]
)

MOST_ATTEMPTS, LONGEST_DELAY = 8, 120
LONGEST_PLAN = (Step(10, LONGEST_BAKE),)

CONFLICTS = {"TargetConflictError", "TargetPendingError"}
"""What somebody else, or Lambda, is not done with yet: given minutes to pass, where a function is written to."""

NOT_TOLD = "what is recorded stays, and the next try tells those who were not told"
TRIED_AGAIN = {
    ("AcquireLease", "NotificationError"): NOT_TOLD,
    ("RecordRelease", "NotificationError"): NOT_TOLD,
    ("RecordFailure", "NotificationError"): NOT_TOLD,
    ("RecordRollback", "NotificationError"): NOT_TOLD,
    ("RollBack", "TargetChangedError"): "the stable version is worth every try, whatever keeps it away",
    ("RestoreVersion", "TargetConflictError"): "a person waits, and the next try goes on where this one ended",
}
"""What a function raises and its state tries again like what nobody has foreseen, with the reason."""


def retriers(machine: str, name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = tasks(machine)[name]["Retry"]
    return found


def decisions(machine: str, name: str) -> set[str]:
    """The errors after which a state is not tried again."""
    return {error for each in retriers(machine, name) if not each["MaxAttempts"] for error in each["ErrorEquals"]}


def raised(handler: str) -> Iterator[str]:
    """The errors that a handler's docstring names."""
    module = ast.parse((ROOT / "functions" / "gantry" / "handlers" / f"{handler}.py").read_text())
    (function,) = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == "handler"]
    _, _, described = (ast.get_docstring(function) or "").partition("Raises:")
    for names in re.findall(r"^ +((?:\w+Error(?:, )?)+):", described, re.MULTILINE):
        yield from names.split(", ")


@every_lambda_task
def test_decisions_come_first_and_are_not_tried_again(machine: str, name: str) -> None:
    classes = {each for each, kind in vars(errors).items() if isinstance(kind, type)}
    found = [bool(each["MaxAttempts"]) for each in retriers(machine, name)]
    assert found == sorted(found), "what is tried again comes after what is not"
    assert found.count(False) <= 1
    assert decisions(machine, name) <= classes | {"States.Timeout"}


@every_lambda_task
def test_what_nobody_has_foreseen_is_tried_again(machine: str, name: str) -> None:
    assert retriers(machine, name)[-1]["ErrorEquals"] == ["States.ALL"]
    assert retriers(machine, name)[-1]["MaxAttempts"] >= 3


@every_machine
def test_every_retry_has_jitter_and_an_end(machine: str) -> None:
    for name in tasks(machine):
        for retrier in retriers(machine, name):
            if retrier["MaxAttempts"]:
                assert retrier["JitterStrategy"] == "FULL", name
                assert {"IntervalSeconds", "BackoffRate"} <= retrier.keys(), name
                assert retrier["MaxAttempts"] <= MOST_ATTEMPTS, name
                assert retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"] <= LONGEST_DELAY, name


@every_lambda_task
def test_what_a_function_says_that_it_raises_is_decided_about(machine: str, name: str) -> None:
    conflicts = {error for each in retriers(machine, name)[:-1] for error in each["ErrorEquals"] if error in CONFLICTS}
    known = decisions(machine, name) | conflicts | {error for state, error in TRIED_AGAIN if state == name}
    assert set(raised(module_of(name))) <= known


def test_what_is_tried_again_on_purpose_is_what_a_function_raises_and_no_decision() -> None:
    for state, error in TRIED_AGAIN:
        (machine,) = [each for each in MACHINES if state in tasks(each)]
        assert error in raised(module_of(state))
        assert error not in decisions(machine, state)


@every_machine
def test_what_changes_hands_meanwhile_is_given_longer_than_other_faults(machine: str) -> None:
    for name in lambda_tasks(machine):
        *others, last = retriers(machine, name)
        for each in others:
            if each["MaxAttempts"]:
                assert set(each["ErrorEquals"]) <= CONFLICTS, name
                assert each["MaxDelaySeconds"] > last["MaxDelaySeconds"], name


def test_whatever_goes_wrong_while_people_are_asked_is_tried_again_for_minutes() -> None:
    for name in ("RequestApproval", "FollowUpApproval"):
        assert retriers("promotion", name)[-1]["MaxAttempts"] >= MOST_ATTEMPTS


def seconds_of_waiting() -> int:
    """How long a deployment waits for its turn at most."""
    found: int = states("deployment")["AcquireLease"]["TimeoutSeconds"]
    return found


def test_who_waits_for_the_lease_outwaits_the_longest_deployment() -> None:
    assert seconds_of_waiting() >= longest_rollout_seconds(LONGEST_PLAN)
    assert "States.Timeout" in decisions("deployment", "AcquireLease"), "nobody waits twice"
    (told,) = [each["Assign"]["failure"]["Cause"] for each in states("deployment")["AcquireLease"]["Catch"][:1]]
    assert f"for {seconds_of_waiting() // 3600} hours" in told


def test_the_longest_deployment_after_the_longest_wait_is_in_time() -> None:
    assert seconds_of_waiting() + longest_rollout_seconds(LONGEST_PLAN) <= definition("deployment")["TimeoutSeconds"]


def test_a_promotion_waits_for_a_deployment_as_long_as_that_may_wait_and_walk() -> None:
    allowed = states("promotion")["DeployToTarget"]["TimeoutSeconds"]
    (added,) = re.findall(r"^{% \$environment\.deployment_seconds \+ (\d+) %}$", allowed)
    assert int(added) >= seconds_of_waiting()


@every_machine
def test_no_execution_is_started_under_a_name_so_that_another_start_is_another_execution(machine: str) -> None:
    for name, task in tasks(machine).items():
        if "startExecution" in task["Resource"]:
            assert "Name" not in task["Arguments"], name
