"""The rollback machine."""

import pytest

from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import BY_HAND, RESTORED

STOPPED = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:one"


def test_going_back_takes_four_transitions_and_the_traffic_is_the_first(rollback: Machine) -> None:
    ran = rollback.run()

    assert ran.entered == ["RestoreVersion", "StopDeployment", "RecordRollback", "RolledBack"]
    assert ran.status == "SUCCEEDED"
    assert ran.output == rollback.script["RecordRollback"]


def test_every_state_is_told_what_the_person_asked_for(rollback: Machine) -> None:
    request = {**BY_HAND, "version": "5"}

    ran = rollback.run(request)

    for state in ("RestoreVersion", "StopDeployment", "RecordRollback"):
        assert ran.payload(state)["request"] == request


def test_what_was_restored_and_stopped_is_recorded(rollback: Machine) -> None:
    ran = rollback.run(StopDeployment={"stopped": [STOPPED]})

    assert ran.payload("StopDeployment")["restored"] == [RESTORED]
    recorded = ran.payload("RecordRollback")
    assert (recorded["restored"], recorded["stopped"], recorded["problems"]) == ([RESTORED], [STOPPED], [])


@pytest.mark.parametrize("problems", [[], ["eu-west-1: TargetChangedError"], ["one", "two"]])
def test_a_deployment_that_could_not_be_stopped_is_recorded_as_a_problem(
    rollback: Machine, problems: list[str]
) -> None:
    restored = {"restored": [RESTORED], "problems": problems}

    ran = rollback.run(RestoreVersion=restored, StopDeployment=Raises("ClientError", "no permission to stop"))

    assert ran.entered[1:3] == ["StopDeployment", "RecordRollback"]
    recorded = ran.payload("RecordRollback")
    assert recorded["stopped"] == []
    assert recorded["problems"][:-1] == problems
    assert "was not stopped" in recorded["problems"][-1]
    assert "no permission to stop" in recorded["problems"][-1]


def test_a_version_that_cannot_be_restored_fails_with_its_own_error(rollback: Machine) -> None:
    ran = rollback.run(RestoreVersion=Raises("NoPreviousRevisionError", "7 is the first version"))

    assert ran.entered == ["RestoreVersion", "RollbackFailed"]
    assert (ran.status, ran.error) == ("FAILED", "NoPreviousRevisionError")
    assert ran.cause == "7 is the first version"


def test_a_rollback_that_reached_some_targets_only_does_not_look_like_a_success(rollback: Machine) -> None:
    ran = rollback.run(
        RestoreVersion={"restored": [RESTORED], "problems": ["eu-west-1: TargetChangedError"]},
        RecordRollback=Raises("RollbackIncompleteError", "eu-west-1"),
    )

    assert ran.payload("RecordRollback")["problems"] == ["eu-west-1: TargetChangedError"]
    assert (ran.status, ran.error) == ("FAILED", "RollbackIncompleteError")


def test_a_rollback_that_nobody_could_be_told_of_is_done_all_the_same(rollback: Machine) -> None:
    ran = rollback.run(RecordRollback=Raises("NotificationError", "SNS is away"))

    assert (ran.status, ran.entered[-1]) == ("SUCCEEDED", "RolledBack")


def test_a_target_that_something_happens_to_meanwhile_is_looked_at_again(rollback: Machine) -> None:
    ran = rollback.run(RestoreVersion=[Raises("TargetConflictError"), rollback.script["RestoreVersion"]])

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("RestoreVersion")) == 2


def test_of_two_rollbacks_at_once_the_second_does_not_try_again(rollback: Machine) -> None:
    ran = rollback.run(RestoreVersion=Raises("RolledBackAlreadyError", "look at what it did"))

    assert ran.errors() == ["RolledBackAlreadyError"]
    assert (ran.status, ran.error) == ("FAILED", "RolledBackAlreadyError")


def test_a_rollback_that_lost_its_lease_does_not_write_the_ledger_again(rollback: Machine) -> None:
    ran = rollback.run(RecordRollback=Raises("LeaseLostError", "repaired"))

    assert ran.errors() == ["LeaseLostError"]
    assert ran.error == "LeaseLostError"


def test_a_version_that_sleeps_is_woken_and_then_restored(rollback: Machine) -> None:
    asleep = Raises("RevisionAsleepError", "7 sleeps")

    ran = rollback.run(RestoreVersion=[asleep, rollback.script["RestoreVersion"]])

    assert ran.entered == [
        "RestoreVersion", "WakeVersion", "RestoreVersion", "StopDeployment", "RecordRollback", "RolledBack",
    ]  # fmt: skip
    assert [each["is_last"] for each in ran.payloads("RestoreVersion")] == [False, True]
    assert ran.payload("WakeVersion")["request"] == BY_HAND
    assert ran.payload("RecordRollback")["restored"] == [RESTORED]


def test_one_that_is_still_waking_up_is_looked_at_again(rollback: Machine) -> None:
    asleep, waking = Raises("RevisionAsleepError", "7 sleeps"), Raises("TargetPendingError", "not awake yet")

    ran = rollback.run(
        RestoreVersion=[asleep, rollback.script["RestoreVersion"]],
        WakeVersion=[waking, waking, rollback.script["WakeVersion"]],
    )

    assert len(ran.payloads("WakeVersion")) == 3
    assert ran.status == "SUCCEEDED"


def test_one_that_cannot_be_woken_is_restored_all_the_same(rollback: Machine) -> None:
    asleep = Raises("RevisionAsleepError", "7 sleeps")

    ran = rollback.run(
        RestoreVersion=[asleep, rollback.script["RestoreVersion"]], WakeVersion=Raises("ClientError", "not allowed")
    )

    assert [each["is_last"] for each in ran.payloads("RestoreVersion")] == [False, True]
    assert ran.status == "SUCCEEDED"


def test_what_cannot_run_is_not_tried_again(rollback: Machine) -> None:
    ran = rollback.run(RestoreVersion=Raises("RevisionUnusableError", "its image is gone"))

    assert ran.errors() == ["RevisionUnusableError"]
    assert (ran.status, ran.error) == ("FAILED", "RevisionUnusableError")


def test_a_region_that_does_not_answer_is_asked_again(rollback: Machine) -> None:
    ran = rollback.run(RestoreVersion=[Raises("TargetUnreachableError"), rollback.script["RestoreVersion"]])

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("RestoreVersion")) == 2
