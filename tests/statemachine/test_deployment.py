"""The deployment machine when the release is good."""

from typing import Any

import pytest

from tests.statemachine.ran import Execution
from tests.statemachine.scripted import Machine, Raises
from tests.statemachine.stories import DEPLOYED, FOUND, HEALTHY, PREPARED, SETTLED, STABLE, STEP, TOO_FEW, plan

BEFORE = ["AcquireLease", "InspectTarget", "PrepareRevision", "SettleTarget", "CheckBeforeTraffic", "IsCanaryToShift"]
ROLLOUT = ["ShiftTraffic", "Bake", "JudgeCanary", "IsStepDone", "StepCompleted"]
AFTER = ["CompleteDeployment", "RecordRelease", "DeploymentCompleted"]


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_every_step_is_shifted_baked_and_judged_in_order(rollouts: dict[int, Execution], steps: int) -> None:
    ran = rollouts[steps].ended()

    assert ran.entered == [*BEFORE, "ShiftStepByStep", *ROLLOUT * steps, *AFTER]
    for state in ("ShiftTraffic", "JudgeCanary"):
        assert [payload["index"] for payload in ran.payloads(state)] == list(range(steps))
    assert [payload["bake_seconds"] for payload in ran.payloads("Bake")] == [1] * steps


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_a_deployment_has_five_transitions_a_step_and_ten(rollouts: dict[int, Execution], steps: int) -> None:
    assert len(rollouts[steps].ended().entered) == 5 * steps + 10


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_the_output_says_which_version_is_live(rollouts: dict[int, Execution], steps: int) -> None:
    ran = rollouts[steps].ended()

    assert ran.status == "SUCCEEDED"
    assert ran.output == {"outcome": "published", "revision": "8", "verdict": HEALTHY | {"answer": None}}


def test_a_quiet_bake_ends_by_its_timeout(rollouts: dict[int, Execution]) -> None:
    assert rollouts[3].ended().errors() == ["States.Timeout"] * 3


def test_every_bake_waits_with_a_token_of_its_own(rollouts: dict[int, Execution]) -> None:
    assert len({payload["task_token"] for payload in rollouts[3].ended().payloads("Bake")}) == 3


def test_the_states_know_what_the_ones_before_have_found(rollouts: dict[int, Execution]) -> None:
    ran = rollouts[3].ended()
    found = {"found": FOUND, "canary": "8", "plan": plan(3)}

    assert ran.payload("PrepareRevision")["stable"] == STABLE
    assert ran.payload("SettleTarget")["revision"] == "8"
    for payload in (*ran.payloads("ShiftTraffic"), ran.payload("CompleteDeployment")):
        assert {key: payload[key] for key in found} == found
    for payload in ran.payloads("JudgeCanary"):
        assert payload["shifted_at"] == DEPLOYED["ShiftTraffic"]["shifted_at"]
    since = {payload["rollout_since"] for payload in (*ran.payloads("Bake"), *ran.payloads("JudgeCanary"))}
    assert len(since) == 1, "an alarm between two steps is not lost"
    assert max(since) <= min(payload["entered_at"] for payload in ran.payloads("ShiftTraffic"))
    assert ran.payloads("JudgeCanary")[0]["canary"] == "8"
    recorded = ran.payload("RecordRelease")
    assert (recorded["stable"], recorded["revision"], recorded["outcome"]) == (STABLE, "8", "published")
    assert recorded["configuration"] == SETTLED["configuration"]


def verdict(step: int, **more: Any) -> dict[str, Any]:
    """What JudgeCanary answers when the canary is healthy."""
    seen = {"requests": 9 * step, "minimum_requests": 1, "alarms": []}
    return HEALTHY | {"step": step, "weight": 9 * step, "reasons": ["quiet"], "evidence": seen} | more


@pytest.mark.parametrize("steps", [1, 3])
def test_every_step_brings_its_verdict_and_its_weight_to_the_record(deployment: Machine, steps: int) -> None:
    ran = deployment.run({"plan": plan(steps)}, JudgeCanary=[verdict(step) for step in range(1, steps + 1)])

    recorded = ran.payload("RecordRelease")["verdicts"]
    assert recorded == [verdict(step) | {"answer": None} for step in range(1, steps + 1)]


def test_retries_and_extended_bakes_leave_one_verdict_a_step_the_healthy_one(deployment: Machine) -> None:
    answers = [TOO_FEW, Raises("Lambda.ServiceException"), verdict(1), Raises("Lambda.Unknown"), verdict(2)]

    ran = deployment.run({"plan": plan(2)}, JudgeCanary=answers)

    assert len(ran.payloads("JudgeCanary")) == len(answers)
    assert ran.payload("RecordRelease")["verdicts"] == [verdict(1) | {"answer": None}, verdict(2) | {"answer": None}]


def test_a_plan_without_steps_gives_the_new_version_all_traffic_at_once(deployment: Machine) -> None:
    ran = deployment.run({"plan": []})

    assert ran.entered == [*BEFORE, "ShiftStepByStep", *AFTER]
    assert ran.output == {"outcome": "published", "revision": "8", "verdict": None}
    assert ran.payload("RecordRelease")["verdicts"] == []


@pytest.mark.parametrize("outcome", ["created", "unchanged"])
def test_without_a_canary_no_traffic_is_shifted(deployment: Machine, outcome: str) -> None:
    published = {**PREPARED, "revision": "7", "outcome": outcome}

    ran = deployment.run({"plan": plan(3)}, PrepareRevision=published)

    assert ran.entered == [*BEFORE, *AFTER]
    assert ran.payload("CompleteDeployment")["plan"] == []
    recorded = ran.payload("RecordRelease")
    assert (recorded["outcome"], recorded["configuration"]) == (outcome, SETTLED["configuration"])
    assert recorded["verdicts"] == []
    assert ran.output == {"outcome": outcome, "revision": "7", "verdict": None}


def test_the_first_deployment_of_all_has_no_stable_version(deployment: Machine) -> None:
    nothing: dict[str, Any] = {"found": None, "stable": None, "alarms_firing": []}

    ran = deployment.run(InspectTarget=nothing, PrepareRevision={**PREPARED, "revision": "1", "outcome": "created"})

    assert ran.status == "SUCCEEDED"
    assert ran.payload("PrepareRevision")["stable"] is None
    assert ran.payload("CompleteDeployment")["found"] is None
    assert ran.payload("RecordRelease")["stable"] is None


def test_a_canary_is_looked_at_again_as_long_as_its_step_is_not_done(deployment: Machine) -> None:
    verdicts = [TOO_FEW, TOO_FEW, HEALTHY, HEALTHY, TOO_FEW | {"look_seconds": 2}, HEALTHY]

    ran = deployment.run({"plan": plan(3)}, JudgeCanary=verdicts)

    again = ["Bake", "JudgeCanary", "IsStepDone"]
    looked = [ROLLOUT[0], *again, *again, *again, ROLLOUT[-1], *ROLLOUT, ROLLOUT[0], *again, *again, ROLLOUT[-1]]
    assert ran.entered == [*BEFORE, "ShiftStepByStep", *looked, *AFTER]
    assert [payload["index"] for payload in ran.payloads("JudgeCanary")] == [0, 0, 0, 1, 2, 2]
    assert [payload["bake_seconds"] for payload in ran.payloads("Bake")] == [1, 1, 1, 1, 1, 2]
    assert ran.status == "SUCCEEDED"


def test_a_long_bake_is_interrupted_for_the_first_look_after_a_minute(deployment: Machine) -> None:
    started = deployment.start({"plan": [{**STEP, "bake_seconds": 600}]})

    assert started.succeed("Bake", {}).payload("Bake")["bake_seconds"] == 60


@pytest.mark.parametrize("steps", [0, 2])
def test_a_canary_with_all_traffic_is_watched_where_the_manifest_says_so(deployment: Machine, steps: int) -> None:
    watched = {"minimum_requests": 1, "bake_after_seconds": 1}

    ran = deployment.run({"plan": plan(steps), "judge": watched})

    assert ran.entered == [*BEFORE, "ShiftStepByStep", *ROLLOUT * (steps + 1), *AFTER]
    assert [payload["index"] for payload in ran.payloads("ShiftTraffic")] == list(range(steps + 1))
    assert len(ran.payload("RecordRelease")["verdicts"]) == steps + 1


def test_harm_after_the_last_step_rolls_back_what_has_all_traffic(deployment: Machine) -> None:
    watched = {"minimum_requests": 1, "bake_after_seconds": 1}

    ran = deployment.run({"plan": [], "judge": watched}, JudgeCanary=Raises("CanaryUnhealthyError"))

    assert "CompleteDeployment" not in ran.entered
    assert ran.entered[-4:] == ["RollBack", "RecordFailure", "WasRolledBack", "DeploymentRolledBack"]


def test_a_bake_may_also_end_by_an_answer(deployment: Machine) -> None:
    ran = deployment.start({"plan": [{**STEP, "bake_seconds": 30}]}).succeed("Bake", {})

    assert ran.entered == [*BEFORE, "ShiftStepByStep", *ROLLOUT, *AFTER]


@pytest.mark.parametrize("state", ["ShiftTraffic", "RecordRelease"])
def test_what_nobody_could_be_notified_of_is_done_all_the_same(deployment: Machine, state: str) -> None:
    ran = deployment.run({"plan": plan(1)}, **{state: Raises("NotificationError", "EventBridge is away")})

    assert ran.entered == [*BEFORE, "ShiftStepByStep", *ROLLOUT, *AFTER]
    assert ran.status == "SUCCEEDED"


def test_a_look_knows_how_many_before_it_had_failures_in_its_step(deployment: Machine) -> None:
    """A step that ends with one begins the next one anew."""
    looks = [TOO_FEW | {"failed_looks": 1}, HEALTHY | {"failed_looks": 1}, HEALTHY]

    ran = deployment.run({"plan": plan(2)}, JudgeCanary=looks)

    assert [payload["failed_looks"] for payload in ran.payloads("JudgeCanary")] == [0, 1, 0]
