"""The deployment machine when something goes wrong, and what it says about it."""

import json

import pytest

from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import DEPLOYMENT, FIRST, FOUND, STEP, TOO_FEW

BROKEN = Raises("UnforeseenError", "the first thing that broke")
TAKEN_BACK = ["RollBack", "RecordFailure", "WasRolledBack", "DeploymentRolledBack"]
GIVEN_UP = ["RecordFailure", "WasRolledBack", "DeploymentFailed"]
LONG_BAKE = {"plan": [{**STEP, "bake_seconds": 30}, STEP]}
TWO_STEPS = {"plan": [STEP, STEP]}


def is_rolled_back(ran: Ended, error: str, last: str) -> None:
    """The deployment went straight from its last state to the roll-back, and says so."""
    assert ran.entered[ran.entered.index("RollBack") - 1] == last
    assert ran.entered[-4:] == TAKEN_BACK
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "DeploymentRolledBack", "the recorded cause")
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == (error, "restored")


def test_an_alarm_ends_the_bake_and_rolls_back_without_a_verdict(deployment: Machine) -> None:
    ran = deployment.start(LONG_BAKE).fail("Bake", "AlarmRaisedError", "cowsay-errors went to ALARM")

    is_rolled_back(ran, "AlarmRaisedError", last="Bake")
    assert "JudgeCanary" not in ran.entered
    assert ran.payload("RecordFailure")["failure"]["Cause"] == "cowsay-errors went to ALARM"


def test_an_alarm_between_shift_and_bake_rolls_back_too(deployment: Machine) -> None:
    ran = deployment.run(LONG_BAKE, Bake=Raises("AlarmRaisedError"))

    is_rolled_back(ran, "AlarmRaisedError", last="Bake")
    assert "JudgeCanary" not in ran.entered


def test_an_unhealthy_canary_is_rolled_back_and_gets_no_further_step(deployment: Machine) -> None:
    ran = deployment.run(TWO_STEPS, JudgeCanary=Raises("CanaryUnhealthyError"))

    is_rolled_back(ran, "CanaryUnhealthyError", last="JudgeCanary")
    assert ran.entered.count("ShiftTraffic") == 1


def test_too_little_evidence_when_the_time_is_over_rolls_back(deployment: Machine) -> None:
    ran = deployment.run(TWO_STEPS, JudgeCanary=[TOO_FEW, Raises("CanaryInconclusiveError")])

    is_rolled_back(ran, "CanaryInconclusiveError", last="JudgeCanary")
    assert len(ran.payloads("JudgeCanary")) == 2


def test_a_shift_that_fails_is_rolled_back(deployment: Machine) -> None:
    is_rolled_back(deployment.run(TWO_STEPS, ShiftTraffic=BROKEN), "UnforeseenError", last="ShiftTraffic")


@pytest.mark.parametrize("state", ["CompleteDeployment", "RecordRelease"])
def test_a_release_that_is_not_completed_and_recorded_is_rolled_back(deployment: Machine, state: str) -> None:
    is_rolled_back(deployment.run(**{state: BROKEN}), "UnforeseenError", last=state)


def test_the_rollback_knows_what_was_found_and_which_rollout_it_ends(deployment: Machine) -> None:
    payload = deployment.run(CompleteDeployment=BROKEN).payload("RollBack")

    assert payload["deployment"] == DEPLOYMENT
    assert (payload["found"], payload["canary"], payload["plan"]) == (FOUND, "8", [])


@pytest.mark.parametrize("state", ["AcquireLease", "InspectTarget", "PrepareRevision", "SettleTarget"])
def test_a_failure_before_the_first_shift_leaves_the_traffic_untouched(deployment: Machine, state: str) -> None:
    ran = deployment.run(**{state: BROKEN})

    assert ran.entered[-4:] == [state, *GIVEN_UP]
    assert "RollBack" not in ran.entered
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "DeploymentFailed", "the recorded cause")
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == ("UnforeseenError", "untouched")
    assert json.loads(failure["Cause"])["errorMessage"] == "the first thing that broke"


@pytest.mark.parametrize(
    ("state", "errors"),
    [
        ("CompleteDeployment", ["UnforeseenError"] * 6 + ["NoPreviousRevisionError"]),
        ("RecordRelease", ["UnforeseenError"] * 6 + ["NoPreviousRevisionError"]),
    ],
)
def test_a_first_deployment_has_nothing_to_go_back_to_and_leaves_the_rest_to_the_repair(
    deployment: Machine, state: str, errors: list[str]
) -> None:
    ran = deployment.run(**FIRST | {state: BROKEN})

    assert ran.entered[-3:] == GIVEN_UP
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "DeploymentFailed", "the recorded cause")
    assert ran.errors() == errors
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == ("UnforeseenError", "first")


@pytest.mark.parametrize("state", ["PrepareRevision", "SettleTarget"])
def test_a_first_deployment_that_takes_no_traffic_yet_leaves_nothing_to_the_repair(
    deployment: Machine, state: str
) -> None:
    ran = deployment.run(**FIRST | {state: BROKEN})

    assert ran.entered[-3:] == GIVEN_UP
    assert ran.payload("RecordFailure")["failure"]["traffic"] == "untouched"


def test_an_answer_without_what_the_next_states_need_is_a_failure_like_any_other(deployment: Machine) -> None:
    ran = deployment.run(PrepareRevision={"revision": "8"})

    assert ran.entered[-3:] == GIVEN_UP
    assert ran.payload("RecordFailure")["failure"]["Error"] == "States.QueryEvaluationError"


def test_a_rollback_that_fails_for_good_is_recorded_with_both_errors(deployment: Machine) -> None:
    ran = deployment.run(CompleteDeployment=BROKEN, RollBack=Raises("TargetNotFoundError", "no alias"))

    assert ran.entered[-4:] == ["RollBack", *GIVEN_UP]
    assert len(ran.payloads("RollBack")) == 7
    assert (ran.status, ran.error) == ("FAILED", "DeploymentFailed")
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == ("UnforeseenError", "unknown")
    assert failure["rollback"]["Error"] == "TargetNotFoundError"
    assert json.loads(failure["rollback"]["Cause"])["errorMessage"] == "no alias"


def test_a_failure_that_is_not_recorded_stands_in_the_execution_with_both_errors(deployment: Machine) -> None:
    ran = deployment.run(RecordFailure=Raises("LedgerError"), PrepareRevision=BROKEN)

    assert ran.entered[-3:] == GIVEN_UP
    assert len(ran.payloads("RecordFailure")) == 6
    assert ran.error == "DeploymentFailed"
    assert ran.cause.startswith("Not recorded: LedgerError. The deployment failed with UnforeseenError: ")
    assert "the first thing that broke" in ran.cause


def test_a_rollback_that_is_not_recorded_still_ends_as_one(deployment: Machine) -> None:
    ran = deployment.run(RecordFailure=Raises("LedgerError"), RecordRelease=BROKEN)

    assert ran.entered[-4:] == TAKEN_BACK
    assert ran.error == "DeploymentRolledBack"


def test_a_cause_that_is_too_long_for_a_failed_execution_is_cut(deployment: Machine) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html"""
    ran = deployment.run(RecordFailure=Raises("LedgerError"), PrepareRevision=Raises("UnforeseenError", "x" * 40_000))

    assert ran.error == "DeploymentFailed"
    assert 20_000 < len(ran.cause) <= 32_768


def test_a_failure_that_nobody_could_be_notified_of_is_recorded_all_the_same(deployment: Machine) -> None:
    ran = deployment.run(RecordFailure=Raises("NotificationError"), PrepareRevision=BROKEN)

    assert len(ran.payloads("RecordFailure")) == 6, "each try notifies those who were not notified"
    assert ran.cause.startswith("UnforeseenError: ")


def test_an_approval_that_does_not_hold_ends_it_before_anything_is_changed(deployment: Machine) -> None:
    ran = deployment.run(InspectTarget=Raises("ApprovalOutdatedError", "version 8 is live now"))

    assert (ran.status, ran.error) == ("FAILED", "ApprovalOutdated")
    assert ran.entered[-3:] == ["RecordFailure", "WasRolledBack", "ApprovalOutdated"]
    assert ran.payload("RecordFailure")["failure"]["traffic"] == "untouched"
    assert len(ran.payloads("InspectTarget")) == 1
