"""The deployment machine when too little is known of the canary, and people are asked."""

from typing import Any

import pytest

from tests.sandbox.given import Json
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import ANYWAY, ASKED, FOUND, HEALTHY, KNOWN, TOO_FEW, UNKNOWN, plan
from tests.statemachine.test_deployment import BEFORE as PREPARING

BEFORE = [*PREPARING, "ShiftStepByStep"]
LOOK = ["Bake", "JudgeCanary", "IsStepDone"]
ASKING = ["HoldCanary", "AskAboutCanary", "IsCanaryDecided"]
WAITING = ["AwaitCanaryDecision", "AskAboutCanary", "IsCanaryDecided"]
GOING_ON = ["ResumeCanary", "JudgeCanary", "IsStepDone"]
STEP = ["ShiftTraffic", *LOOK, "StepCompleted"]
AFTER = ["CompleteDeployment", "RecordRelease", "DeploymentCompleted"]
GOING_BACK = ["RollBack", "RecordFailure", "WasRolledBack", "DeploymentRolledBack"]


LONGER = UNKNOWN | {"decision": "keep_baking", "look_seconds": 2, "known": None}


def decided(decision: str) -> Json:
    """What AskAboutCanary answers once people have decided."""
    return ASKED | {"decision": {"decision": decision, "explanation": "ops@example.com did"}}


def test_a_canary_that_is_promoted_anyway_goes_on_with_the_next_step(deployment: Machine) -> None:
    ran = deployment.run(
        {"plan": plan(2)}, JudgeCanary=[UNKNOWN, ANYWAY, HEALTHY], AskAboutCanary=[ASKED, decided("approved")]
    )

    asked = ["ShiftTraffic", *LOOK, *ASKING, *WAITING, *GOING_ON, "StepCompleted"]
    assert ran.entered == [*BEFORE, *asked, *STEP, *AFTER]
    assert ran.status == "SUCCEEDED"
    first, second = ran.payload("RecordRelease")["verdicts"]
    assert first["answer"] == decided("approved")["decision"]
    assert first["verdict"] == "inconclusive"
    assert second == HEALTHY | {"answer": None}


def test_after_the_last_step_it_gets_all_traffic(deployment: Machine) -> None:
    ran = deployment.run({"plan": plan(1)}, JudgeCanary=[UNKNOWN, ANYWAY], AskAboutCanary=decided("approved"))

    assert ran.entered == [*BEFORE, "ShiftTraffic", *LOOK, *ASKING, *GOING_ON, "StepCompleted", *AFTER]


def test_a_canary_that_people_want_to_watch_longer_is_watched_and_judged_again(deployment: Machine) -> None:
    ran = deployment.run(
        {"plan": plan(1)}, JudgeCanary=[UNKNOWN, LONGER, HEALTHY], AskAboutCanary=decided("keep_waiting")
    )

    assert ran.entered == [
        *BEFORE,
        "ShiftTraffic",
        *LOOK,
        *ASKING,
        *GOING_ON,
        *LOOK,
        "StepCompleted",
        *AFTER,
    ]
    assert [each["bake_seconds"] for each in ran.payloads("Bake")] == [1, 2]


def test_harm_that_came_up_while_people_thought_goes_back_though_they_want_it_promoted(deployment: Machine) -> None:
    looks = [UNKNOWN, Raises("CanaryUnhealthyError", "60 of 60 requests failed")]

    ran = deployment.run({"plan": plan(1)}, JudgeCanary=looks, AskAboutCanary=decided("approved"))

    assert ran.entered[-len(GOING_BACK) :] == GOING_BACK
    assert "CompleteDeployment" not in ran.entered


def test_what_people_are_asked_is_what_the_judge_knew(deployment: Machine) -> None:
    ran = deployment.run({"plan": plan(2)}, JudgeCanary=[HEALTHY, UNKNOWN, ANYWAY], AskAboutCanary=decided("approved"))

    held, asked, resumed = (ran.payload(each) for each in ("HoldCanary", "AskAboutCanary", "ResumeCanary"))
    for payload in (held, asked, resumed):
        assert (payload["found"], payload["canary"], payload["plan"], payload["index"]) == (FOUND, "8", plan(2), 1)
    assert asked["known"] == KNOWN
    assert asked["asked_at"] == held["entered_at"]
    assert asked["rollout_since"] == ran.payloads("Bake")[0]["rollout_since"]


def test_every_look_at_the_question_is_about_the_same_question(deployment: Machine) -> None:
    ran = deployment.run(
        {"plan": plan(1)}, JudgeCanary=[UNKNOWN, ANYWAY], AskAboutCanary=[ASKED, ASKED, decided("approved")]
    )

    assert ran.entered.count("AwaitCanaryDecision") == 2
    assert len({each["asked_at"] for each in ran.payloads("AskAboutCanary")}) == 1
    waited = ran.payloads("AwaitCanaryDecision")
    assert {each["approval_id"] for each in waited} == {ASKED["approval_id"]}
    assert len({each["task_token"] for each in waited}) == 2
    assert ran.timeouts("AwaitCanaryDecision") == [1, 1]


def test_an_answer_ends_the_wait(deployment: Machine) -> None:
    asked = [ASKED | {"seconds": 600}, decided("approved")]
    started = deployment.start({"plan": plan(1)}, JudgeCanary=[UNKNOWN, ANYWAY], AskAboutCanary=asked)

    ran = started.succeed("AwaitCanaryDecision", {"decision": "approved"})

    assert ran.status == "SUCCEEDED"
    assert ran.entered.count("AskAboutCanary") == 2


def test_an_answer_that_was_faster_than_the_wait_counts(deployment: Machine) -> None:
    ran = deployment.run(
        {"plan": plan(1)},
        JudgeCanary=[UNKNOWN, ANYWAY],
        AskAboutCanary=[ASKED | {"seconds": 600}, decided("approved")],
        AwaitCanaryDecision=Raises("CanaryDecidedError"),
    )

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads("AwaitCanaryDecision")) == 1


def test_an_alarm_while_people_think_goes_straight_back(deployment: Machine) -> None:
    asked = ASKED | {"seconds": 600}
    started = deployment.start({"plan": plan(1)}, JudgeCanary=UNKNOWN, AskAboutCanary=asked)

    ran = started.fail("AwaitCanaryDecision", "AlarmRaisedError", "cowsay-errors")

    assert ran.entered == [*BEFORE, "ShiftTraffic", *LOOK, *ASKING, "AwaitCanaryDecision", *GOING_BACK]
    assert ran.payload("RecordFailure")["failure"]["Error"] == "AlarmRaisedError"


@pytest.mark.parametrize("state", ["HoldCanary", "AskAboutCanary", "AwaitCanaryDecision", "ResumeCanary"])
def test_what_cannot_be_done_goes_back(deployment: Machine, state: str) -> None:
    answers: dict[str, Any] = {"JudgeCanary": [UNKNOWN, ANYWAY], "AskAboutCanary": decided("approved")}
    if state == "AwaitCanaryDecision":
        answers["AskAboutCanary"] = ASKED

    ran = deployment.run({"plan": plan(1)}, **(answers | {state: Raises("LeaseLostError")}))

    assert ran.entered[-len(GOING_BACK) :] == GOING_BACK
    assert len(ran.payloads(state)) == 1


def test_people_who_want_it_rolled_back_are_heard_at_once(deployment: Machine) -> None:
    back = Raises("CanaryInconclusiveError", "ops@example.com wants it rolled back")

    ran = deployment.run({"plan": plan(2)}, JudgeCanary=UNKNOWN, AskAboutCanary=back)

    assert ran.entered == [*BEFORE, "ShiftTraffic", *LOOK, "HoldCanary", "AskAboutCanary", *GOING_BACK]
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == ("CanaryInconclusiveError", "restored")


@pytest.mark.parametrize("state", ["HoldCanary", "ResumeCanary"])
def test_traffic_whose_event_was_not_published_has_moved_all_the_same(deployment: Machine, state: str) -> None:
    answers: dict[str, Any] = {"JudgeCanary": [UNKNOWN, ANYWAY], "AskAboutCanary": decided("approved")}

    ran = deployment.run({"plan": plan(1)}, **answers, **{state: Raises("NotificationError")})

    assert ran.status == "SUCCEEDED"
    assert len(ran.payloads(state)) == 1


def test_a_canary_is_asked_about_only_when_its_time_is_over(deployment: Machine) -> None:
    ran = deployment.run({"plan": plan(1)}, JudgeCanary=[TOO_FEW, HEALTHY])

    assert "HoldCanary" not in ran.entered
