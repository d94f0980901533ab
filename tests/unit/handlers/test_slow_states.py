"""The states that wait for a service which takes the steps itself, each alone."""

from typing import Any, cast

import pytest

from gantry.aws.bakes import Bake
from gantry.handlers import entry
from gantry.handlers.deployment_machine import (
    ask_about_canary,
    await_canary_decision,
    await_completion,
    await_shift,
    hold_canary,
    resume_canary,
    shift_traffic,
)
from gantry.handlers.event_rules import on_target_event
from gantry.promotion.errors import (
    AlarmRaisedError,
    LeaseLostError,
    TargetChangedError,
    TargetConflictError,
    TargetFailedError,
    TargetSlowError,
)
from gantry.promotion.judge.rollout_limits import LONGEST_END, LONGEST_MOVE, LONGEST_START, MOST_ENDED_EARLY
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target
from gantry.promotion.timestamps import later, moment
from gantry.promotion.traffic import Routing
from gantry.targets import registry
from gantry.targets.registry import RegisteredKinds
from tests.unit.handlers.asking import approval, approvals
from tests.unit.handlers.canary_questions import ASKED_AT, JUDGE, KNOWN, QUESTION, question
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    ENTERED_AT,
    LEAD,
    OPS,
    PLAN,
    Said,
    deployment_input,
    invoke,
    payload,
    target_input,
)
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.service import MemoryService
from tests.unit.targets.walking.kind import Walk, WalkingKind

pytestmark = pytest.mark.usefixtures("ledger", "told", "mailed")

TOKEN = "AQCEAAAAKgAAAAMAAAAA"
TARGET = Target("walking", "444444444444", "us-east-1", "herd", "arn:aws:ecs:us-east-1:444444444444:service/main/herd")
STARTED = "2026-11-22T09:00:00.000Z"
AT = {"found": {"revision": "7", "weights": {}}, "canary": "8", "plan": PLAN}


@pytest.fixture
def walk(ledger: object, workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A rollout whose second step has arrived. This deployment holds the lease."""
    service = MemoryService()
    for digest in ("7", "8"):
        made = service.deploy(TARGET.id, digest, {})
        there = service.targets[TARGET.id].revisions
        there[digest] = there.pop(made)
    service.route(TARGET.id, Routing("7"))
    kind = WalkingKind(service, looks=0)
    walk = Walk("7", "8", weight=50.0, told={0.0, 10.0, 50.0})
    kind.walks[TARGET.id] = [walk]
    monkeypatch.setitem(registry.KINDS, "walking", "tests.unit.targets.walking")
    vars(entry.services())["kinds"] = RegisteredKinds({"walking": lambda: kind})
    workloads.alarms(TARGET).now[ALARM] = "OK"
    workloads.executions.waiting.add(TOKEN)
    record_lease(lease(target=TARGET))
    return walk


def waiting(state: str, seconds: int = 0, ended_early: int = 0, **changed: Any) -> dict[str, Any]:
    """What a state that waits for the service is sent, so many seconds after the service was slow first."""
    known: dict[str, Any] = {
        "deployment": deployment_input(target=target_input(TARGET)),
        "task_token": TOKEN,
        "rollout_since": STARTED,
        "slow_since": later(ENTERED_AT, -seconds),
        "seconds": 60,
        "ended_early": ended_early,
    }
    return payload(state, **(known | AT | changed))


def shifting(seconds: int = 0, index: int = 0, **changed: Any) -> Any:
    return invoke(await_shift.handler, waiting("AwaitShift", seconds, index=index, **changed))


def completing(seconds: int = 0, **changed: Any) -> Any:
    return invoke(await_completion.handler, waiting("AwaitCompletion", seconds, **changed))


def thinking(ended_early: int = 0) -> Any:
    """What AwaitCanaryDecision does."""
    known = {"deployment": deployment_input(target=target_input(TARGET)), "task_token": TOKEN, "rollout_since": STARTED}
    more = {"index": 1, "asked_at": ENTERED_AT, "approval_id": QUESTION, "seconds": 7_200, "ended_early": ended_early}
    return invoke(await_canary_decision.handler, payload("AwaitCanaryDecision", **(known | AT | more)))


def hearing() -> tuple[Bake, ...]:
    return entry.services().bakes.hearing(TARGET.arn)


every_wait = pytest.mark.parametrize("wait", [shifting, completing])


@every_wait
@pytest.mark.usefixtures("walk")
def test_alarms_and_events_can_end_the_wait(wait: Any) -> None:
    assert wait() == {}

    kept_until = int(moment(ENTERED_AT).timestamp()) + 60 + 3600
    expected = (Bake(TARGET.id, TOKEN, DEPLOYMENT, kept_until),)
    assert hearing() == expected
    assert entry.services().bakes.waiting(TARGET.account, TARGET.region, ALARM) == expected


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize(
    "event",
    [
        {"resources": [TARGET.arn], "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}},
        {
            "resources": ["arn:aws:ecs:us-east-1:444444444444:service-deployment/main/herd/0EYSiB0qap8xf0N76FsbE"],
            "detail": {"eventName": "HOOK_AWAITING_ACTION", "serviceArn": TARGET.arn},
        },
    ],
    ids=["deployment", "pause"],
)
def test_an_event_ends_the_wait_as_a_success_and_once(
    workloads: Workloads, items: Said, event: dict[str, Any], logged: list[str]
) -> None:
    shifting()

    assert [invoke(on_target_event.handler, event) for _ in range(2)] == [{"ended": 1}, {"ended": 0}]

    assert workloads.executions.answers == {TOKEN: {}}
    assert not [each for each in items() if each["pk"].startswith("event#")]
    assert TOKEN not in "".join(logged)


@pytest.mark.usefixtures("walk")
def test_a_wait_that_has_ended_already_is_forgotten_and_logged(
    workloads: Workloads, items: Said, logged: list[str]
) -> None:
    shifting()
    workloads.executions.waiting.clear()

    assert invoke(on_target_event.handler, {"resources": [TARGET.arn], "detail": {}}) == {"ended": 0}

    assert not [each for each in items() if each["pk"].startswith("event#")]
    assert any("safely ignored" in line for line in logged)


@every_wait
@pytest.mark.usefixtures("walk")
def test_after_some_waits_that_events_have_ended_only_time_ends_them(wait: Any) -> None:
    wait(ended_early=MOST_ENDED_EARLY)
    assert hearing() == ()

    wait(ended_early=MOST_ENDED_EARLY - 1)
    assert len(hearing()) == 1


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize(
    ("index", "longest", "words"), [(0, LONGEST_START, "30m for step 1"), (1, LONGEST_MOVE, "10m for step 2")]
)
def test_a_step_is_given_up_when_its_time_is_over(index: int, longest: int, words: str) -> None:
    assert shifting(longest - 1, index) == {}

    with pytest.raises(TargetFailedError, match=f"the service was given {words} of the rollout, and it has not come"):
        shifting(longest, index)


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize(
    ("plan", "bake_after", "longest"),
    [(PLAN, 0, LONGEST_END), ([], 600, LONGEST_END), ([], 0, LONGEST_START + LONGEST_END)],
)
def test_the_end_is_given_the_time_of_a_start_where_the_rollout_begins_there(
    plan: list[Any], bake_after: int, longest: int
) -> None:
    judge = {"minimum_requests": 1, "bake_after_seconds": bake_after}
    deployment = deployment_input(target=target_input(TARGET), plan=plan, judge=judge)
    assert completing(longest - 1, deployment=deployment) == {}

    with pytest.raises(TargetFailedError, match="for the end of the rollout"):
        completing(longest, deployment=deployment)


@every_wait
@pytest.mark.usefixtures("walk")
def test_an_alarm_since_the_rollout_began_ends_the_wait(workloads: Workloads, wait: Any) -> None:
    workloads.alarms(TARGET).went_off[ALARM] = moment(STARTED)

    with pytest.raises(AlarmRaisedError, match=ALARM):
        wait()


@every_wait
@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_does_not_wait(wait: Any, now: Lease) -> None:
    record_lease(Lease(**{**{name: getattr(now, name) for name in now.__slots__}, "target": TARGET}))

    with pytest.raises(LeaseLostError):
        wait()
    assert hearing() == ()


def first_step() -> Any:
    """What ShiftTraffic does, as a definition says it that knows of no slow services."""
    known = {"deployment": deployment_input(target=target_input(TARGET)), "index": 0, "is_slow": False}
    sent = payload("ShiftTraffic", **(known | AT))
    del sent["is_slow"]
    return invoke(shift_traffic.handler, sent)


def test_what_the_service_does_for_somebody_else_is_no_rollout_that_has_begun(walk: Walk) -> None:
    """It goes back, and only then this deployment begins. AwaitShift would have taken it for this one's."""
    kind = cast("WalkingKind", entry.services().kinds.of(TARGET))
    walk.canary, walk.stable, walk.goes_back = "7", "9", True
    with pytest.raises(TargetConflictError, match="is still moving the traffic; it routes to 9"):
        first_step()
    assert kind.walks[TARGET.id] == [walk]

    walk.has_ended = True
    with pytest.raises(TargetSlowError):
        first_step()
    assert [(each.stable, each.canary) for each in kind.walks[TARGET.id][1:]] == [("7", "8")]


@pytest.mark.parametrize("handler", [hold_canary, resume_canary])
def test_a_canary_keeps_its_weight_while_people_think(walk: Walk, announced: Said, handler: Any) -> None:
    state = "HoldCanary" if handler is hold_canary else "ResumeCanary"
    known = {"deployment": deployment_input(target=target_input(TARGET)), "index": 1}

    assert invoke(handler.handler, payload(state, **(known | AT))) == {"shifted_at": ENTERED_AT, "weight": 50}

    assert (walk.weight, walk.goes_to) == (50.0, None)
    assert announced() == []
    walk.weight = 10.0
    with pytest.raises(TargetChangedError, match="step 2 made it route to 7 with 50 % on 8"):
        invoke(handler.handler, payload(state, **(known | AT)))


@pytest.fixture
def asked(walk: Walk, workloads: Workloads) -> Any:
    """People are asked about the canary of the second step: for how long to wait for them."""
    approvals().open(approval(OPS, LEAD))
    workloads.executions.running.add(DEPLOYMENT)
    known: dict[str, Any] = {
        "deployment": deployment_input(target=target_input(TARGET), judge=JUDGE),
        "index": 1,
        "asked_at": ASKED_AT,
        "rollout_since": ASKED_AT,
        "known": KNOWN,
    }
    return invoke(ask_about_canary.handler, payload("AskAboutCanary", **(known | AT)))


@pytest.mark.usefixtures("asked")
def test_people_are_told_the_weight_that_the_canary_keeps() -> None:
    canary = question().canary

    assert canary
    assert (canary.weight, canary.watched_weight, canary.keeps_weight) == (50, 50, True)


def test_a_service_is_looked_at_every_quarter_of_an_hour_while_people_think(asked: Any) -> None:
    assert asked == {"approval_id": QUESTION, "decision": None, "seconds": 900}


@pytest.mark.usefixtures("asked")
def test_an_event_ends_the_wait_for_people_and_a_storm_of_them_does_not() -> None:
    thinking(MOST_ENDED_EARLY)
    assert hearing() == ()

    thinking()
    assert invoke(on_target_event.handler, {"resources": [TARGET.arn], "detail": {}}) == {"ended": 1}


@pytest.mark.usefixtures("asked")
def test_a_service_that_went_on_while_people_think_is_noticed_before_each_wait(walk: Walk) -> None:
    thinking()

    walk.weight = 60.0
    with pytest.raises(TargetFailedError, match="nobody told it"):
        thinking()
