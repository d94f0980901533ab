"""The deployment machine when people steer its canary."""

from tests.sandbox.given import Json
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import HEALTHY, TOO_FEW, plan
from tests.statemachine.test_deployment_fails import LONG_BAKE, is_rolled_back

PAUSE: Json = {"by": "arn:alice", "at": "2026-11-23T10:31:00.000Z", "reason": None, "until": "2026-11-23T12:31:00.000Z"}
PAUSED: Json = TOO_FEW | {"wishes": 1, "paused": PAUSE}
LOOK = ["Bake", "JudgeCanary", "IsStepDone"]


def test_a_wish_ends_the_bake_and_the_judge_hears_of_it(deployment: Machine) -> None:
    started = deployment.start(LONG_BAKE, JudgeCanary=[PAUSED, HEALTHY | {"wishes": 1}])
    ran = started.succeed("Bake", {"wishes": 1})

    assert ran.status == "SUCCEEDED"
    assert [each["wishes"] for each in ran.payloads("Bake")] == [0, 1, 0], "each step begins without"
    assert [each["wishes"] for each in ran.payloads("JudgeCanary")][:2] == [1, 1]
    assert [(each["last_look"] or {}).get("paused") for each in ran.payloads("Bake")][:2] == [None, PAUSE]


def test_people_who_are_faster_than_the_bake_are_heard(deployment: Machine) -> None:
    bakes = [Raises("CanarySteeredError", "pause by arn:alice"), {}]
    ran = deployment.run({"plan": plan(1)}, Bake=bakes, JudgeCanary=[PAUSED, HEALTHY | {"wishes": 1}])

    assert [name for name in ran.entered if name in LOOK] == [*LOOK, *LOOK]
    assert [each["wishes"] for each in ran.payloads("JudgeCanary")][:2] == [1, 1]
    assert ran.status == "SUCCEEDED"


def test_each_step_begins_without_a_wish(deployment: Machine) -> None:
    """Its first bake finds out whether people want something all the same."""
    ran = deployment.run({"plan": plan(2)}, JudgeCanary=[HEALTHY | {"wishes": 3}, HEALTHY])

    assert [each["wishes"] for each in ran.payloads("Bake")] == [0, 0]


def test_who_aborts_a_canary_has_it_rolled_back_at_once(deployment: Machine) -> None:
    ran = deployment.start(LONG_BAKE).fail("Bake", "CanaryAbortedError", "arn:alice: customers call")

    is_rolled_back(ran, "CanaryAbortedError", last="Bake")


def test_the_judge_can_find_that_it_was_aborted(deployment: Machine) -> None:
    ran = deployment.run({"plan": plan(1)}, JudgeCanary=Raises("CanaryAbortedError"))

    is_rolled_back(ran, "CanaryAbortedError", last="JudgeCanary")
