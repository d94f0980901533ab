"""The deployment machine where the service needs minutes: it waits in states of their own, and looks after each."""

from typing import Any

import pytest

from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import DEPLOYED, FOUND, PREPARED, SLOW, STEP, plan

SLOW_ERROR = Raises("TargetSlowError", "it has begun")
GOING_BACK = ["RollBack", "RecordFailure", "WasRolledBack", "DeploymentRolledBack"]
WAITS = pytest.mark.parametrize(
    ("looking", "waiting"), [("ShiftTraffic", "AwaitShift"), ("CompleteDeployment", "AwaitCompletion")]
)


def looks(state: str, slow: int) -> dict[str, Any]:
    """A state whose service is not done at so many looks."""
    return {state: [SLOW_ERROR] * slow + [DEPLOYED[state]]}


@WAITS
def test_a_slow_service_is_waited_for_and_looked_at_again_until_it_is_done(
    deployment: Machine, looking: str, waiting: str
) -> None:
    ran = deployment.run({"plan": plan(1)}, **looks(looking, 3))

    assert ran.status == "SUCCEEDED"
    assert [each for each in ran.entered if each in (looking, waiting)] == [*[looking, waiting] * 3, looking]
    assert ran.errors().count("TargetSlowError") == 3, "no look is tried again by itself"
    assert [each["is_slow"] for each in ran.payloads(looking)] == [False, True, True, True]


@WAITS
def test_each_wait_knows_since_when_the_service_is_slow_and_how_many_have_ended_early(
    deployment: Machine, looking: str, waiting: str
) -> None:
    ran = deployment.run({"plan": plan(1)}, **looks(looking, 3))

    waits = ran.payloads(waiting)
    assert {each["slow_since"] for each in waits} == {ran.payloads(looking)[0]["entered_at"]}
    assert [each["ended_early"] for each in waits] == [0, 1, 2]
    assert len({each["task_token"] for each in waits}) == 3
    assert {each["rollout_since"] for each in waits} == {ran.payload("Bake")["rollout_since"]}


def test_a_step_has_its_own_time_and_its_own_waits(deployment: Machine) -> None:
    shifts = [SLOW_ERROR, DEPLOYED["ShiftTraffic"]] * 2

    ran = deployment.run({"plan": plan(2)}, ShiftTraffic=shifts)

    first, second = ran.payloads("AwaitShift")
    assert (first["index"], second["index"]) == (0, 1)
    assert (first["ended_early"], second["ended_early"]) == (0, 0)
    assert first["slow_since"] < second["slow_since"]
    assert [each["index"] for each in ran.payloads("JudgeCanary")] == [0, 1]
    assert [each["is_slow"] for each in ran.payloads("ShiftTraffic")] == [False, True, False, True]


def test_a_quiet_wait_ends_by_its_timeout_which_is_short_at_first(deployment: Machine) -> None:
    ran = deployment.run({"plan": plan(1)}, **looks("ShiftTraffic", 1), AwaitShift={})

    assert ran.timeouts("AwaitShift") == [10]
    assert ran.errors() == ["TargetSlowError", "States.Timeout", "States.Timeout"], "and the bake's"
    assert ran.payloads("ShiftTraffic")[1]["is_slow"]


@WAITS
@pytest.mark.parametrize("error", ["AlarmRaisedError", "TargetFailedError", "LeaseLostError"])
def test_what_ends_a_wait_badly_goes_straight_back(deployment: Machine, looking: str, waiting: str, error: str) -> None:
    ran = deployment.run({"plan": plan(1)}, **looks(looking, 1), **{waiting: Raises(error, "no")})

    assert ran.entered[-5:] == [waiting, *GOING_BACK]
    assert len(ran.payloads(waiting)) == 1
    failure = ran.payload("RecordFailure")["failure"]
    assert (failure["Error"], failure["traffic"]) == (error, "restored")


@pytest.mark.parametrize("outcome", ["created", "unchanged"])
def test_without_a_canary_the_end_is_waited_for_since_the_rollout_began(deployment: Machine, outcome: str) -> None:
    prepared = {**PREPARED, "outcome": outcome}

    ran = deployment.run({"plan": plan(1)}, PrepareRevision=prepared, **looks("CompleteDeployment", 1))

    assert ran.status == "SUCCEEDED"
    assert ran.payload("AwaitCompletion")["rollout_since"] <= ran.payloads("CompleteDeployment")[0]["entered_at"]
    assert ran.payloads("CompleteDeployment")[0]["found"] == FOUND


@pytest.mark.parametrize("state", ["InspectTarget", "RollBack"])
def test_where_nothing_else_is_waited_for_a_slow_service_is_looked_at_again(deployment: Machine, state: str) -> None:
    fails = {"CompleteDeployment": Raises("TargetChangedError")} if state == "RollBack" else {}

    ran = deployment.run(**fails, **{state: [SLOW_ERROR, DEPLOYED[state]]})

    assert ran.error == ("DeploymentRolledBack" if fails else None)
    assert len(ran.payloads(state)) == 2


def test_a_whole_rollout_of_a_slow_service_has_its_weights_watched_as_any_other(deployment: Machine) -> None:
    ran = deployment.run({"plan": [STEP]}, **SLOW)

    assert ran.status == "SUCCEEDED"
    assert ran.payload("JudgeCanary")["shifted_at"] == DEPLOYED["ShiftTraffic"]["shifted_at"]
