"""Steering a canary, from the call to what its deployment makes of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.canary_questions import AskedAboutCanary
from gantry.handlers import entry
from gantry.handlers.deployment_machine import (
    bake,
    complete_deployment,
    judge_canary,
    resume_canary,
    shift_traffic,
)
from gantry.promotion.errors import CanaryAbortedError, CanarySteeredError
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.steering import Action, Wish
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fakes import FakeExecutions, FakePolicyFile
from tests.unit.handlers.http_requests import steer_by_call
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    OTHER_TARGET,
    PLAN,
    TARGET,
    Said,
    Told,
    deployment_input,
    invoke,
    payload,
)
from tests.unit.handlers.records import LOST, decisions, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

ALICE = "arn:aws:sts::111111111111:assumed-role/Operators/alice"
TOKEN, ANOTHER = "AQCEAAAAKgAAAAMAAAAA", "AQCEAAAAKgAAAAMAAAAB"
SHIFTED_AT = "2026-11-22T09:25:00.000Z"
FLOOR = """
floors:
  - rule: prod-bakes
    environments: [prod]
    minimum_bake: 1h
"""


@pytest.fixture(autouse=True)
def leased(ledger: Any, workloads: Workloads) -> None:
    record_lease(lease())
    workloads.alarms(TARGET).now[ALARM] = "OK"


@pytest.fixture(autouse=True)
def executions(workloads: Workloads) -> FakeExecutions:
    """With a task that waits for each token that a test bakes with."""
    workloads.executions.waiting.add(TOKEN)
    return workloads.executions


def bakes(wishes: int = 0, token: str = TOKEN, index: int = 0, **more: Any) -> Any:
    event = payload(
        "Bake",
        deployment=deployment_input(),
        task_token=token,
        rollout_since=SHIFTED_AT,
        shifted_at=SHIFTED_AT,
        bake_seconds=300,
        found={"revision": "7", "weights": {}},
        canary="8",
        plan=PLAN,
        index=index,
        last_look=None,
        wishes=wishes,
    )
    return invoke(bake.handler, event | more)


def judged(wishes: int, at: str = "2026-11-22T09:26:00.000Z", **settings: Any) -> Any:
    event = payload(
        "JudgeCanary",
        entered_at=at,
        deployment=deployment_input(judge=settings),
        found={"revision": "7", "weights": {}},
        canary="8",
        plan=PLAN,
        index=0,
        shifted_at=SHIFTED_AT,
        rollout_since=SHIFTED_AT,
        failed_looks=0,
        wishes=wishes,
    )
    return invoke(judge_canary.handler, event)


def steer(action: str = "pause", status: int = 202, caller: str | None = ALICE, at: str = "", **body: Any) -> Any:
    sent = {"service": "cowsay", "environment": "prod"} | body
    answer = steer_by_call(action, caller, sent, at)
    assert answer["statusCode"] == status, answer
    return json.loads(answer["body"])


def steered(action: str = "pause", **more: Any) -> dict[str, Any]:
    (only,) = steer(action, **more)["canaries"]
    return dict(only)


def steerings() -> list[Any]:
    return [each for each in decisions() if each.kind is HistoryKind.CANARY_STEERED]


def test_a_wish_ends_what_waits_and_is_kept_with_who_and_why(executions: FakeExecutions) -> None:
    bakes()
    assert steered(reason="odd numbers") == {
        "target": TARGET.id,
        "execution": DEPLOYMENT,
        "canary": "8",
        "step": 1,
        "wish": 1,
        "refused": None,
        "honoured": True,
    }
    assert executions.answers == {TOKEN: {"wishes": 1}}
    (kept,) = steerings()
    assert (kept.execution, kept.environment, kept.target_id) == (DEPLOYMENT, "prod", TARGET.id)
    assert kept.facts == {
        "action": "pause",
        "by": ALICE,
        "reason": "odd numbers",
        "canary": "8",
        "step": 1,
        "weight": 10,
        "wish": 1,
    }


def test_an_abort_fails_what_waits_with_who_and_why(executions: FakeExecutions) -> None:
    bakes()
    assert steered("abort", reason="customers call")["honoured"]
    assert executions.answers == {TOKEN: ("CanaryAbortedError", f"aborted by {ALICE}: customers call.")}


def test_a_wish_between_two_waits_is_found_by_the_next_one(executions: FakeExecutions) -> None:
    """The bake had ended by its time when the wish came."""
    bakes()
    executions.waiting.clear()
    assert not steered()["honoured"]
    with pytest.raises(CanarySteeredError, match=r"pause by .*alice"):
        bakes(token=ANOTHER)
    assert bakes(wishes=1, token=ANOTHER) == {}
    assert entry.services().steerings.waiting(TARGET.id, DEPLOYMENT) == ANOTHER


def test_an_abort_between_two_waits_ends_the_next_one_whatever_it_is(executions: FakeExecutions) -> None:
    bakes()
    executions.waiting.clear()
    steer("abort")
    with pytest.raises(CanaryAbortedError, match="alice"):
        bakes(token=ANOTHER)


def test_the_next_step_hears_of_a_wish_of_the_step_before_it() -> None:
    bakes()
    steer()
    with pytest.raises(CanarySteeredError):
        bakes(index=1, shifted_at="2026-11-22T09:30:00.000Z")


def test_who_resumed_one_step_wants_nothing_of_the_next_one() -> None:
    bakes()
    steer("pause")
    steer("resume")
    assert bakes(index=1, shifted_at="2026-11-22T09:30:00.000Z") == {}


def test_what_people_wanted_of_an_earlier_deployment_is_nothing_to_a_later_one() -> None:
    bakes()
    steer("abort")
    later = f"{DEPLOYMENT}-later"
    record_lease(lease(owner=later))
    assert bakes(execution=later) == {}
    assert steered("resume", status=409)["refused"] == "It is not paused."
    assert steered()["wish"] == 1


def test_the_judge_holds_what_is_paused_and_says_until_when(workloads: Workloads) -> None:
    bakes()
    steer(reason="odd numbers")
    looked = judged(1)
    assert (looked["decision"], looked["wishes"]) == ("keep_baking", 1)
    assert looked["paused"] == {
        "by": ALICE,
        "at": "2026-11-22T09:31:00.000Z",
        "reason": "odd numbers",
        "until": "2026-11-22T11:15:00.000Z",
    }, "max_bake is two hours, of which the second step keeps its ten minutes"
    seen = {"at": looked["paused"]["at"], "verdict": "inconclusive", "reasons": [], "evidence": {}}
    bakes(wishes=1, last_look=seen | {"paused": looked["paused"]})
    (progress,) = entry.services().board_reading.canaries("cowsay", "prod")
    assert progress.paused
    assert (progress.paused.by, progress.wishes) == (ALICE, 1)
    steer("resume")
    assert judged(2)["paused"] is None


def test_when_a_pause_has_lasted_too_long_people_are_asked_and_told_of_it(workloads: Workloads) -> None:
    bakes()
    steer(reason="odd numbers")
    looked = judged(1, on_inconclusive="ask", max_bake_seconds=600, at="2026-11-22T09:40:00.000Z")
    assert looked["decision"] == "ask"
    assert looked["known"]["reasons"][0] == (
        f"paused by {ALICE}: odd numbers, and nobody resumed it before its time was over"
    )


def test_what_people_have_decided_since_ends_a_pause(workloads: Workloads) -> None:
    bakes()
    steer()
    asked = AskedAboutCanary(DEPLOYMENT, "an approval", "2026-11-22T09:40:00.000Z", 0, 1, is_open=False)
    later = replace(asked, decision="keep_waiting", decided_at="2026-11-22T09:41:00.000Z")
    entry.services().canary_questions.put(later)
    looked = judged(1, on_inconclusive="ask", max_bake_seconds=600, at="2026-11-22T09:42:00.000Z")
    assert (looked["decision"], looked["paused"]) == ("keep_baking", None)


def test_an_abort_counts_in_the_middle_of_a_pause(executions: FakeExecutions) -> None:
    """https://github.com/argoproj/argo-rollouts/issues/1152: there it went on and was promoted."""
    bakes()
    steer("pause")
    bakes(wishes=1, token=ANOTHER)
    executions.waiting.add(ANOTHER)
    assert steered("abort")["honoured"]
    assert executions.answers[ANOTHER][0] == "CanaryAbortedError"


def test_a_quiet_judge_reads_no_wish(workloads: Workloads) -> None:
    bakes()
    steer()
    assert (judged(0)["paused"], judged(0)["wishes"]) == (None, 0)


def test_the_judge_ends_what_is_aborted(workloads: Workloads) -> None:
    bakes()
    steer("abort", reason="customers call")
    with pytest.raises(CanaryAbortedError, match="customers call"):
        judged(1)


def test_an_advanced_step_ends_as_soon_as_enough_is_known(workloads: Workloads) -> None:
    """Where the judge only observes, nothing has to be known."""
    bakes()
    assert judged(0, mode="observe")["decision"] == "keep_baking"
    steer("advance")
    assert judged(1, mode="observe")["decision"] == "advance"
    assert judged(1)["decision"] == "keep_baking"


def test_the_same_again_changes_nothing_and_ends_no_wait_once_it_is_heard(
    executions: FakeExecutions, announced: Said
) -> None:
    bakes()
    first, again = steered(), steered(at="2026-11-22T09:32:00.000Z")
    assert (first["wish"], again["wish"], again["honoured"]) == (1, 1, False), "no task waits with the token any more"
    bakes(wishes=1, token=ANOTHER, last_look=paused_look())
    executions.waiting.add(ANOTHER)
    for _ in range(3):
        assert steered(at="2026-11-22T09:33:00.000Z")["honoured"]
    assert executions.answers.keys() == {TOKEN}
    assert len(steerings()) == len(announced()) == 1


def paused_look() -> dict[str, Any]:
    """The look after which the canary is held."""
    pause = {"by": ALICE, "at": "2026-11-22T09:31:00.000Z", "reason": None, "until": "2026-11-22T11:15:00.000Z"}
    return {"at": pause["at"], "verdict": "inconclusive", "reasons": [], "evidence": {}, "paused": pause}


def test_an_abort_is_the_last_word(executions: FakeExecutions) -> None:
    bakes()
    executions.waiting.clear()
    steer("abort", reason="customers call")
    for action in ("pause", "advance", "resume"):
        assert "aborted by" in steer(action, status=409)["error"]
    with pytest.raises(CanaryAbortedError):
        bakes(token=ANOTHER)


def test_a_wish_during_the_look_that_ends_a_step_counts(workloads: Workloads) -> None:
    """The judge was told of none when it began."""
    bakes()
    at = "2026-11-22T09:31:00.000Z"
    assert judged(0, at, mode="observe")["decision"] == "advance"
    steer("pause")
    looked = judged(0, at, mode="observe")
    assert (looked["decision"], looked["wishes"], looked["paused"]["by"]) == ("keep_baking", 1, ALICE)
    steer("abort")
    with pytest.raises(CanaryAbortedError):
        judged(0, at, mode="observe")


@pytest.mark.parametrize(
    ("state", "handler", "more"),
    [
        ("ShiftTraffic", shift_traffic, {"index": 1, "is_slow": False}),
        ("ResumeCanary", resume_canary, {"index": 0}),
        ("CompleteDeployment", complete_deployment, {"is_slow": False}),
    ],
)
def test_no_traffic_goes_to_a_canary_that_somebody_has_taken_back(
    workloads: Workloads, state: str, handler: Any, more: dict[str, Any]
) -> None:
    bakes()
    steer("abort")
    alias = workloads.alias(TARGET)
    alias.current = Routing("7", {"8": 10})
    event = payload(state, found={"revision": "7", "weights": {}}, canary="8", plan=PLAN, **more)
    with pytest.raises(CanaryAbortedError):
        invoke(handler.handler, event)
    assert alias.written == []


def test_a_target_whose_canary_has_no_traffic_yet_is_named() -> None:
    bakes()
    record_lease(lease(f"{DEPLOYMENT}-two", OTHER_TARGET))
    first, other = steer("pause")["canaries"]
    assert (first["wish"], other["wish"], other["target"]) == (1, None, OTHER_TARGET.id)
    assert "It has no canary yet" in other["refused"]
    said = steer("abort", status=409, target=OTHER_TARGET.id)
    assert "gantry rollback cowsay prod stops its deployment" in said["error"]


def test_who_has_seen_another_step_is_refused() -> None:
    bakes()
    assert "at step 1 by now, and not at step 2" in steer("advance", status=409, step=2)["error"]
    assert steered("advance", step=1)["wish"] == 1


def test_automation_and_people_are_told(executions: FakeExecutions, announced: Said, told: Told) -> None:
    for heard, action in enumerate(("pause", "resume", "advance", "abort")):
        bakes(wishes=heard, token=f"token-{heard}", last_look=paused_look() if heard == 1 else None)
        executions.waiting.add(f"token-{heard}")
        steer(action, reason="odd numbers")
    events = announced()
    assert [each["detail-type"] for each in events] == [
        f"Promotion Canary {done}" for done in ("Paused", "Resumed", "Advanced", "Aborted")
    ]
    detail = events[0]["detail"]
    assert (detail["service"], detail["environment"], detail["target"]) == ("cowsay", "prod", TARGET.id)
    assert (detail["by"], detail["reason"], detail["weight"], detail["canary"]) == (ALICE, "odd numbers", 10, "8")
    assert [subject for subject, _ in told()] == [
        f"cowsay in prod: canary {done}" for done in ("paused", "resumed", "advanced", "aborted")
    ]
    first, last = told()[0][1], told()[-1][1]
    assert "alice: odd numbers" in first
    assert "Its alarms still end it. So does its time, which is over at 2026-11-22 11:15 UTC." in first
    assert "quarantined" in last


@pytest.mark.parametrize("environment", ["staging", "pro", "prod2"])
def test_where_no_canary_runs_nothing_is_done(environment: str) -> None:
    bakes()
    said = steer(status=404, environment=environment)
    assert said["error"] == (
        f"No canary of cowsay in {environment} runs. gantry status shows what does. Nothing was changed."
    )
    assert steerings() == []


@pytest.mark.parametrize("now", LOST[:2])
def test_a_canary_whose_deployment_has_lost_the_target_is_none(now: Lease) -> None:
    bakes()
    record_lease(now)
    assert "No canary" in steer(status=404)["error"]


def test_one_target_can_be_meant() -> None:
    bakes()
    assert "on lambda/none runs" in steer(status=404, target="lambda/none")["error"]
    assert steered(target=TARGET.id)["wish"] == 1


def test_the_policys_bake_holds_against_who_advances(services: Any) -> None:
    services.policy_file = FakePolicyFile(FLOOR)
    bakes()
    said = steer("advance", status=409)
    assert "The rule prod-bakes of the policy file wants it watched for 1h" in said["error"]
    assert said["canaries"][0]["wish"] is None
    assert steerings() == []
    assert steered("abort")["wish"] == 1


def test_a_policy_file_that_is_wrong_stops_nobody_but_who_advances(services: Any) -> None:
    services.policy_file = FakePolicyFile("floors: 7")
    bakes()
    assert "Nothing was changed" in steer("advance", status=409)["error"]
    assert steered("pause")["wish"] == 1
    assert steered("abort")["wish"] == 2


def test_of_two_wishes_at_once_both_are_kept_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bakes()
    steerings_of, other = entry.services().steerings, Wish(Action.PAUSE, 1, DEPLOYMENT, 0, "arn:bob", SHIFTED_AT)
    make, others = steerings_of.make, [other]

    def raced(target_id: str, wish: Wish, kept: Any) -> bool:
        if others:
            found = others.pop()
            assert make(target_id, found, replace(kept, execution=f"{kept.execution}-bob"))
        return make(target_id, wish, kept)

    monkeypatch.setattr(steerings_of, "make", raced)
    assert steered("advance")["wish"] == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"service": "cowsay"}', b'{"service": 1, "environment": "prod"}'])
def test_what_is_no_wish_is_answered_with_an_example(body: bytes) -> None:
    answer = steer_by_call("pause", ALICE, body)
    assert answer["statusCode"] == 400
    assert '{"service": "cowsay", "environment": "prod"' in json.loads(answer["body"])["error"]


def test_unknown_keys_are_misspelt_ones() -> None:
    assert "why" in steer(status=400, why="odd numbers")["error"]


@pytest.mark.parametrize("action", ["stop", "Pause", "pause/now"])
def test_what_is_no_action_is_answered_with_those_that_there_are(action: str) -> None:
    assert "pause, resume, advance, abort" in steer(action, status=404)["error"]


@pytest.mark.parametrize("caller", [None, "", "nobody"])
def test_without_a_signature_nobody_steers(caller: str | None) -> None:
    bakes()
    assert "not signed" in steer(status=400, caller=caller)["error"]


def test_a_hostile_reason_stays_a_reason(told: Told) -> None:
    bakes()
    steer(reason="fine\n\nExecution: arn:mine")
    (_, text) = told()[0]
    assert "\nExecution: arn:mine" not in text
