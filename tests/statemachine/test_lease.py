"""The deployment machine and its lease: waiting for it, going on with its fencing number, and losing it."""

import copy
import json

import pytest

from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import CHECKED, DEPLOYMENT, QUESTION, SLOW, STEP
from tests.template.parsed import definition, lambda_tasks

GIVEN_UP = ["RecordFailure", "WasRolledBack", "DeploymentFailed"]
LOST = Raises("LeaseLostError", "somebody rolled back")
WAITING = "the newest of those who wait"
AFTER_THE_FIRST_SHIFT = ["ShiftTraffic", "Bake", "JudgeCanary", "CompleteDeployment", "RecordRelease"]


def failure_told(ran: Ended) -> tuple[str, str]:
    """The error and the state of the traffic that RecordFailure was given."""
    failure = ran.payload("RecordFailure")["failure"]
    return failure["Error"], failure["traffic"]


def test_nothing_is_done_before_whoever_gives_the_lease_back_says_so(deployment: Machine) -> None:
    waiting = deployment.start(AcquireLease=WAITING)
    waiting.token("AcquireLease")

    ran = waiting.succeed("AcquireLease", {"fence": 8})

    assert ran.entered[:2] == ["AcquireLease", "InspectTarget"]
    assert ran.payload("InspectTarget")["fence"] == 8
    assert ran.status == "SUCCEEDED"


def test_every_later_state_is_given_the_fencing_number(deployment: Machine) -> None:
    ran = deployment.start(
        {"plan": [STEP]} | CHECKED, **QUESTION, **SLOW, AcquireLease=WAITING, RecordRelease=Raises("LedgerError")
    ).succeed("AcquireLease", {"fence": 8})

    for state in set(lambda_tasks("deployment")) - {"AcquireLease"}:
        assert {payload["fence"] for payload in ran.payloads(state)} == {8}, state


def test_who_never_gets_its_turn_says_that_the_lease_was_held(deployment: Machine) -> None:
    impatient = copy.deepcopy(dict(definition("deployment")))
    impatient["States"]["AcquireLease"]["TimeoutSeconds"] = 1
    machine = deployment.stage.machine_of(json.dumps(impatient))

    ran = deployment.stage.start(machine, DEPLOYMENT, {**deployment.script, "AcquireLease": WAITING}).ended()

    assert ran.entered == ["AcquireLease", *GIVEN_UP]
    assert failure_told(ran) == ("LeaseHeldError", "untouched")
    assert "25 hours" in ran.payload("RecordFailure")["failure"]["Cause"]
    assert ran.payload("RecordFailure")["fence"] == 0, "it never held the lease"


def test_who_is_superseded_while_it_waits_ends_so(deployment: Machine) -> None:
    waiting = deployment.start(AcquireLease=WAITING)

    ran = waiting.fail("AcquireLease", "DeploymentSupersededError", "5e5e5e5 was started later")

    assert ran.entered == ["AcquireLease", "RecordFailure", "WasRolledBack", "DeploymentSuperseded"]
    assert (ran.error, ran.cause) == ("DeploymentSuperseded", "the recorded cause")
    assert failure_told(ran) == ("DeploymentSupersededError", "untouched")


def test_who_is_superseded_already_does_not_ask_again(deployment: Machine) -> None:
    ran = deployment.run(AcquireLease=Raises("DeploymentSupersededError", "9 is live there"))

    assert ran.errors() == ["DeploymentSupersededError"]
    assert ran.error == "DeploymentSuperseded"


@pytest.mark.parametrize("state", ["InspectTarget", "PrepareRevision"])
def test_a_deployment_that_loses_the_lease_before_the_first_shift_ends_at_once(deployment: Machine, state: str) -> None:
    ran = deployment.run(**{state: LOST})

    assert ran.entered[-4:] == [state, *GIVEN_UP]
    assert ran.errors() == ["LeaseLostError"]
    assert failure_told(ran) == ("LeaseLostError", "untouched")


@pytest.mark.parametrize("state", AFTER_THE_FIRST_SHIFT)
def test_one_that_loses_the_lease_later_leaves_the_traffic_to_the_new_holder(deployment: Machine, state: str) -> None:
    bake_seconds = 30 if state == "Bake" else 1

    ran = deployment.run({"plan": [{**STEP, "bake_seconds": bake_seconds}]}, RollBack=LOST, **{state: LOST})

    assert ran.entered[-5:] == [state, "RollBack", *GIVEN_UP]
    assert ran.errors().count("LeaseLostError") == 2, "neither the state nor the rollback is tried again"
    assert failure_told(ran) == ("LeaseLostError", "lost")


def test_what_went_wrong_before_the_lease_was_lost_is_what_is_told(deployment: Machine) -> None:
    ran = deployment.run({"plan": [STEP]}, JudgeCanary=Raises("CanaryUnhealthyError"), RollBack=LOST)

    assert ran.error == "DeploymentFailed"
    assert failure_told(ran) == ("CanaryUnhealthyError", "lost")
