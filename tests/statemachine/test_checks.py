"""The deployment machine's checks of a revision before any user sees it."""

from typing import Any

import pytest

from tests.sandbox.given import Json
from tests.statemachine.scripted import Answers, Machine, Raises
from tests.statemachine.stories import CHECK, CHECKED, DEPLOYED, PREPARED

CHECK_STATES = ["RunCheck", "IsCheckToAwait", "AwaitCheck", "RecordCheck"]
AT_ONCE = ["RunCheck", "IsCheckToAwait", "RecordCheck"]
AFTER = ["CompleteDeployment", "RecordRelease", "DeploymentCompleted"]
PASSED = {"status": "passed", "reason": "3 of 3 invocations succeeded", "run": ""}
GIVEN_UP = ["RecordFailure", "WasRolledBack", "DeploymentFailed"]


def checks(*kinds: str, within: int = 30) -> Json:
    return {"checks": {"before_traffic": [{**CHECK, "kind": kind, "within_seconds": within} for kind in kinds]}}


def test_a_build_is_begun_awaited_and_recorded_before_any_traffic(deployment: Machine) -> None:
    ran = deployment.run(CHECKED)

    checked = ran.entered[ran.entered.index("CheckBeforeTraffic") : ran.entered.index("IsCanaryToShift")]
    assert checked == ["CheckBeforeTraffic", *CHECK_STATES]
    begun = ran.payload("RunCheck")
    assert (begun["revision"], begun["index"], begun["check"]) == ("8", 0, CHECK)
    assert ran.payload("AwaitCheck")["answer"] == DEPLOYED["RunCheck"].value
    assert ran.payload("RecordCheck")["answer"] == DEPLOYED["AwaitCheck"]
    assert ran.status == "SUCCEEDED"


def test_checks_are_made_one_after_the_other(deployment: Machine) -> None:
    ran = deployment.run(checks("invoke", "function", "codebuild"), RunCheck=Answers(PASSED))

    assert [payload["index"] for payload in ran.payloads("RunCheck")] == [0, 1, 2]
    assert [payload["check"]["kind"] for payload in ran.payloads("RecordCheck")] == ["invoke", "function", "codebuild"]
    at = ran.entered.index("CheckBeforeTraffic")
    assert ran.entered[at + 1 : at + 10] == AT_ONCE * 3


def test_a_first_deployment_is_checked_too_and_an_unchanged_revision_is_not(deployment: Machine) -> None:
    for outcome, expected in (("created", 1), ("unchanged", 0)):
        ran = deployment.run(CHECKED, PrepareRevision={**PREPARED, "outcome": outcome})
        assert len(ran.payloads("RunCheck")) == expected
        assert ran.entered[-3:] == AFTER


def test_a_deployment_that_knows_no_checks_goes_on(deployment: Machine) -> None:
    given: dict[str, Any] = {key: value for key, value in deployment.input.items() if key != "checks"}
    ran = deployment.stage.start(deployment.arn, given, deployment.script).ended()

    assert ran.status == "SUCCEEDED"
    assert "RunCheck" not in ran.entered


@pytest.mark.parametrize("error", ["CheckFailedError", "CheckUnavailableError"])
def test_the_first_check_that_does_not_pass_ends_the_deployment_without_any_traffic(
    deployment: Machine, error: str
) -> None:
    ran = deployment.run(checks("invoke", "function"), RunCheck=Answers(PASSED), RecordCheck=Raises(error, "no cow"))

    assert ran.entered[-4:] == ["RecordCheck", *GIVEN_UP]
    assert len(ran.payloads("RunCheck")) == 1
    assert not {"ShiftTraffic", "CompleteDeployment", "RollBack"} & set(ran.entered)
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == (error, "untouched")


def test_an_answer_that_comes_later_is_waited_for(deployment: Machine) -> None:
    answer = {"status": "failed", "reason": "2 of 12 tests failed", "run": ""}
    ran = deployment.start(checks("function"), RunCheck={}).succeed("RunCheck", answer)

    assert ran.payload("RecordCheck")["answer"] == answer


def test_a_check_that_nobody_answers_is_recorded_as_one(deployment: Machine) -> None:
    ran = deployment.run(checks("function", within=1), RunCheck={}, RecordCheck=Raises("CheckUnavailableError"))

    assert ran.errors()[0] == "States.Timeout"
    recorded = ran.payload("RecordCheck")
    assert (recorded["index"], recorded["answer"]["status"]) == (0, "unanswered")
    assert "AwaitCheck" not in ran.entered


def test_a_build_that_goes_on_is_looked_at_again(deployment: Machine) -> None:
    looks = [Raises("CheckPendingError", "IN_PROGRESS")] * 12 + [DEPLOYED["AwaitCheck"]]
    ran = deployment.run(CHECKED, AwaitCheck=looks)

    assert len(ran.payloads("AwaitCheck")) == 13
    assert ran.status == "SUCCEEDED"


def test_a_task_is_awaited_and_its_bad_end_keeps_the_release_from_any_traffic(deployment: Machine) -> None:
    begun = {"status": "started", "reason": "it has been started", "run": "arn:aws:ecs:us-east-1:1:task/main/1"}
    ended = {"status": "failed", "reason": "exit code 1", "run": ""}
    looks = [Raises("CheckPendingError", "RUNNING"), ended]
    failed = Raises("CheckFailedError", "exit code 1")
    ran = deployment.run(checks("run_task"), RunCheck=Answers(begun), AwaitCheck=looks, RecordCheck=failed)

    assert [each["answer"] for each in ran.payloads("AwaitCheck")] == [begun, begun]
    assert ran.payload("RecordCheck")["answer"] == ended
    assert ran.entered[-4:] == ["RecordCheck", *GIVEN_UP]
    assert not {"ShiftTraffic", "CompleteDeployment", "RollBack"} & set(ran.entered)


@pytest.mark.parametrize("state", ["RunCheck", "AwaitCheck", "RecordCheck"])
def test_a_lost_lease_or_a_closed_account_ends_it_at_once(deployment: Machine, state: str) -> None:
    error = "LeaseLostError" if state != "AwaitCheck" else "TargetAccessError"
    ran = deployment.run(CHECKED, **{state: Raises(error)})

    assert len(ran.payloads(state)) == 1
    assert ran.entered[-4:] == [state, *GIVEN_UP]
