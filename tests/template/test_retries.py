"""What the definitions try again, what they take for decided, and for how long they may go on."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gantry.aws.draft_locks import LONGEST_HOLD
from gantry.promotion.checks import Check, CheckKind, Checks
from gantry.promotion.judge.rollout_limits import LONGEST_ROLLOUT, longest_parts, longest_rollout_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.rollout_size import LONGEST_PROMOTION
from gantry.targets.ecs_service.pauses import FENCE_MINUTES
from gantry.use_cases.run_check import ROOM_WITHIN
from tests.template.contract import OF_THE_MACHINES
from tests.template.parsed import (
    MACHINES,
    definition,
    functions,
    handler_of,
    lambda_tasks,
    path_of,
    states,
    tasks,
    template,
)
from tests.template.reach import reached

every_machine = pytest.mark.parametrize("machine", MACHINES)
every_lambda_task = pytest.mark.parametrize(
    ("machine", "name"), [(machine, name) for machine in MACHINES for name in lambda_tasks(machine)]
)

LOOKS_PAST_IT = {"CheckAllEnvironments"}
"""What finds a change on its way, and waits for none: it will be over when the release comes there."""

MOST_ATTEMPTS, LONGEST_DELAY = 8, 120
MOST_ATTEMPTS_OF_DAYS = 16
"""Of faults, where one state looks again for days: Step Functions counts all of them, not those in a row."""
LONGEST_CHECK = 3_600

CONFLICT = "TargetConflictError"
"""Somebody else is not done yet. It is given minutes to pass, where a function writes to the target."""
PENDING = "TargetPendingError"
"""What this deployment has begun is not done yet. The definition looks again, so that no function waits."""
SLOW = "TargetSlowError"
"""The same of a service that takes minutes. Where it is waited for by a state of its own, nothing is tried again."""
CHECKING = "CheckPendingError"
"""A build or task is not done yet. The function says when the check's own time is over."""
REPLICATING = "ReplicationPendingError"
"""ECR is not done yet: https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html"""
ECR_TAKES = 30 * 60
NEEDING = "NeedsUnmetError"
"""The infrastructure is not there yet. The function says when the time is over; `test_history_size` counts."""
LONGEST_NEED_DELAY = 300

NOT_TOLD = "what is recorded stays, and the next try notifies those who were not"
TRIED_AGAIN = {
    ("AcquireLease", "NotificationError"): NOT_TOLD,
    ("RecordRelease", "NotificationError"): NOT_TOLD,
    ("RecordFailure", "NotificationError"): NOT_TOLD,
    ("RecordRollback", "NotificationError"): NOT_TOLD,
    ("RollBack", "TargetChangedError"): "the stable revision is worth every try, whatever keeps it away",
    ("RestoreVersion", "TargetConflictError"): "a person waits, and the next try goes on where this one ended",
    ("RestoreVersion", "TargetUnreachableError"): "a region may answer the next time, and what is done is passed over",
}
"""What a function raises and its state tries again like what nobody has foreseen, with the reason."""


def retriers(machine: str, name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = tasks(machine)[name]["Retry"]
    return found


def decisions(machine: str, name: str) -> set[str]:
    """The errors after which a state is not tried again."""
    return {error for each in retriers(machine, name) if not each["MaxAttempts"] for error in each["ErrorEquals"]}


def retrier_of(machine: str, name: str, error: str) -> Mapping[str, Any] | None:
    """What tries a state again after this error alone; None when nothing does."""
    found = [each for each in retriers(machine, name) if each["MaxAttempts"] and error in each["ErrorEquals"]]
    assert len(found) <= 1
    return found[0] if found else None


def needs_no_jitter(name: str, retrier: Mapping[str, Any]) -> bool:
    """Whether it waits for one change of one target: no others wait with it, and no look comes before it can help."""
    errors_of_one_target = {"PrepareRevision": [PENDING], "SettleTarget": [PENDING], "RunCheck": [CHECKING]}
    return retrier["ErrorEquals"] in ([SLOW], [NEEDING], errors_of_one_target.get(name))


def longest_wait(retrier: Mapping[str, Any]) -> float:
    """How many seconds all tries of a retrier wait: exactly that without jitter, at most with FULL jitter."""
    delays = (retrier["IntervalSeconds"] * retrier["BackoffRate"] ** each for each in range(retrier["MaxAttempts"]))
    return float(sum(min(each, retrier["MaxDelaySeconds"]) for each in delays))


def raised(name: str) -> Iterator[str]:
    """The errors that the docstring of a function's handler names."""
    module = ast.parse(path_of(handler_of(name)).read_text())
    (function,) = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == "handler"]
    _, _, described = (ast.get_docstring(function) or "").partition("Raises:")
    for names in re.findall(r"^ +((?:\w+Error(?:, )?)+):", described, re.MULTILINE):
        yield from names.split(", ")


@every_lambda_task
def test_decisions_come_first_and_are_not_tried_again(machine: str, name: str) -> None:
    found = [bool(each["MaxAttempts"]) for each in retriers(machine, name)]
    assert found == sorted(found), "what is tried again comes after what is not"
    assert found.count(False) <= 1
    assert decisions(machine, name) <= OF_THE_MACHINES.keys() | {"States.Timeout"}


@every_lambda_task
def test_what_nobody_has_foreseen_is_tried_again(machine: str, name: str) -> None:
    assert retriers(machine, name)[-1]["ErrorEquals"] == ["States.ALL"]
    assert retriers(machine, name)[-1]["MaxAttempts"] >= 3


@every_machine
def test_every_retry_has_jitter_and_an_end(machine: str) -> None:
    for name in tasks(machine):
        for retrier in retriers(machine, name):
            if retrier["MaxAttempts"]:
                assert retrier["JitterStrategy"] == ("NONE" if needs_no_jitter(name, retrier) else "FULL"), name
                assert {"IntervalSeconds", "BackoffRate"} <= retrier.keys(), name
                most = MOST_ATTEMPTS_OF_DAYS if name == "AwaitInfrastructure" else MOST_ATTEMPTS
                assert retrier["MaxAttempts"] <= most or retrier["ErrorEquals"] in (
                    [PENDING],
                    [PENDING, SLOW],
                    [SLOW],
                    [CHECKING],
                    [REPLICATING],
                    [NEEDING],
                ), name
                longest = LONGEST_NEED_DELAY if retrier["ErrorEquals"] == [NEEDING] else LONGEST_DELAY
                assert retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"] <= longest, name


@every_lambda_task
def test_what_a_function_says_that_it_raises_is_decided_about(machine: str, name: str) -> None:
    waited_for = (CONFLICT, PENDING, SLOW, CHECKING, REPLICATING, NEEDING)
    passing = {error for error in waited_for if retrier_of(machine, name, error)}
    known = decisions(machine, name) | passing | {error for state, error in TRIED_AGAIN if state == name}
    assert set(raised(name)) <= known


def test_what_is_tried_again_on_purpose_is_what_a_function_raises_and_no_decision() -> None:
    for state, error in TRIED_AGAIN:
        (machine,) = [each for each in MACHINES if state in tasks(each)]
        assert error in raised(state)
        assert error not in decisions(machine, state)


@every_lambda_task
def test_what_is_tried_again_for_itself_has_a_bound_of_its_own(machine: str, name: str) -> None:
    for each in retriers(machine, name)[:-1]:
        if each["MaxAttempts"]:
            own = ([CONFLICT], [PENDING], [PENDING, SLOW], [SLOW], [CHECKING], [REPLICATING], [NEEDING])
            assert each["ErrorEquals"] in own
            assert {"MaxAttempts", "MaxDelaySeconds"} <= each.keys()


@every_lambda_task
def test_what_changes_hands_meanwhile_is_given_longer_than_other_faults(machine: str, name: str) -> None:
    if conflict := retrier_of(machine, name, CONFLICT):
        assert conflict["MaxDelaySeconds"] > retriers(machine, name)[-1]["MaxDelaySeconds"]


@every_lambda_task
def test_a_task_looks_again_exactly_where_its_function_can_say_that_something_is_pending(
    machine: str, name: str
) -> None:
    can_say = name not in LOOKS_PAST_IT and f"gantry.promotion.errors.{PENDING}" in reached(handler_of(name)).names
    assert (retrier_of(machine, name, PENDING) is not None) == can_say
    assert can_say == (PENDING in raised(name))


@every_lambda_task
def test_a_task_whose_function_can_say_that_a_service_is_slow_waits_for_it(machine: str, name: str) -> None:
    can_say = name not in LOOKS_PAST_IT and f"gantry.promotion.errors.{SLOW}" in reached(handler_of(name)).names
    is_caught = any(SLOW in each["ErrorEquals"] for each in tasks(machine)[name].get("Catch", []))
    waits = is_caught if SLOW in decisions(machine, name) else retrier_of(machine, name, SLOW) is not None
    assert waits >= can_say
    assert waits == (SLOW in raised(name))


@pytest.mark.parametrize(
    ("machine", "name"), [("deployment", "InspectTarget"), ("deployment", "RollBack"), ("rollback", "RestoreVersion")]
)
def test_a_slow_service_is_given_twenty_minutes_at_least_where_no_state_waits_for_it(machine: str, name: str) -> None:
    """What a holder without its lease has begun pauses at the fence until that ends by itself, and comes first.

    A rollback may have to go back twice, if something sleeps.
    """
    slow = retrier_of(machine, name, SLOW)
    assert slow
    assert slow["JitterStrategy"] == "NONE"
    assert longest_wait(slow) >= 20 * 60 > FENCE_MINUTES * 60
    assert 2 * longest_wait(slow) < definition(machine)["TimeoutSeconds"]


def test_what_is_live_is_looked_for_as_part_of_everything_else_that_a_deployment_does() -> None:
    slow = retrier_of("deployment", "InspectTarget", SLOW)
    assert slow
    assert longest_wait(slow) < longest_parts((), JudgeSettings())["everything else"]


def test_a_task_that_has_no_room_is_tried_again_for_longer_than_its_function_wants() -> None:
    """What the check may take besides its own time has room for it."""
    checking = retrier_of("deployment", "RunCheck", CHECKING)
    assert checking
    assert longest_wait(checking) > 1.2 * ROOM_WITHIN.total_seconds()
    besides = Checks((Check(CheckKind.RUN_TASK, 60),)).longest_seconds - 60
    assert ROOM_WITHIN.total_seconds() + checking["MaxDelaySeconds"] < besides


def test_a_promotion_waits_for_a_rollback_as_long_as_that_may_take() -> None:
    waits = states("promotion")["RollBackEnvironment"]["TimeoutSeconds"]
    assert waits > definition("rollback")["TimeoutSeconds"]


@every_lambda_task
def test_what_is_pending_is_given_minutes_and_the_first_looks_come_soon(machine: str, name: str) -> None:
    """A large image takes minutes, most changes take seconds."""
    if pending := retrier_of(machine, name, PENDING):
        assert pending["IntervalSeconds"] <= 3
        assert pending["BackoffRate"] <= 2
        assert 300 <= longest_wait(pending) < definition(machine)["TimeoutSeconds"]


def test_replication_is_given_what_ecr_takes_while_nobody_holds_a_lease() -> None:
    """FULL jitter halves the delays on average."""
    replicating = retrier_of("promotion", "AwaitReplication", REPLICATING)
    assert replicating
    assert ECR_TAKES <= longest_wait(replicating) / 2 <= 1.2 * ECR_TAKES


def test_a_build_or_task_is_looked_at_for_longer_than_any_check_may_take() -> None:
    """FULL jitter halves the delays on average."""
    checking = retrier_of("deployment", "AwaitCheck", CHECKING)
    assert checking
    assert longest_wait(checking) / 2 > 1.2 * LONGEST_CHECK


def test_everything_that_is_pending_in_a_rollout_of_one_step_fits_beside_its_bake() -> None:
    names = ["PrepareRevision", "SettleTarget", "ShiftTraffic", "CompleteDeployment"]
    pending = [each for name in names if (each := retrier_of("deployment", name, PENDING))]
    assert len(pending) == len(names)
    assert sum(map(longest_wait, pending)) < longest_rollout_seconds((), JudgeSettings())


def test_whatever_goes_wrong_while_people_are_asked_is_tried_again_for_minutes() -> None:
    for name in ("RequestApproval", "FollowUpApproval"):
        assert retriers("promotion", name)[-1]["MaxAttempts"] >= MOST_ATTEMPTS


def seconds_of_waiting() -> int:
    """How long a deployment waits for its turn at most."""
    found: int = states("deployment")["AcquireLease"]["TimeoutSeconds"]
    return found


def test_waiting_for_the_lease_takes_longer_than_the_longest_deployment() -> None:
    assert seconds_of_waiting() >= LONGEST_ROLLOUT
    assert "States.Timeout" in decisions("deployment", "AcquireLease"), "nobody waits twice"
    (cause,) = [each["Assign"]["failure"]["Cause"] for each in states("deployment")["AcquireLease"]["Catch"][:1]]
    assert f"for {seconds_of_waiting() // 3600} hours" in cause


def test_the_longest_deployment_after_the_longest_wait_is_in_time() -> None:
    assert seconds_of_waiting() + LONGEST_ROLLOUT <= definition("deployment")["TimeoutSeconds"]


def test_a_promotion_waits_for_a_deployment_as_long_as_that_may_wait_and_take() -> None:
    allowed = states("promotion")["DeployToTarget"]["TimeoutSeconds"]
    (added,) = re.findall(r"^{% \$environment\.deployment_seconds \+ (\d+) %}$", allowed)
    assert int(added) >= seconds_of_waiting()


def test_a_promotion_is_given_as_long_as_the_longest_manifest_may_take() -> None:
    assert definition("promotion")["TimeoutSeconds"] == LONGEST_PROMOTION


@every_machine
def test_no_execution_is_started_under_a_name_so_that_another_start_is_another_execution(machine: str) -> None:
    for name, task in tasks(machine).items():
        if "startExecution" in task["Resource"]:
            assert "Name" not in task["Arguments"], name


def test_a_lock_on_a_draft_outlives_its_function_and_is_waited_for_until_it_ends() -> None:
    pending = retrier_of("deployment", "PrepareRevision", "TargetPendingError")
    assert pending
    assert LONGEST_HOLD.total_seconds() > seconds_of_function("PrepareRevision")
    assert LONGEST_HOLD.total_seconds() < longest_wait(pending)


def seconds_of_function(name: str) -> int:
    """The longest that one invocation of a task's function may take."""
    found: int = functions()[name].get("Timeout", template()["Globals"]["Function"]["Timeout"])
    return found
