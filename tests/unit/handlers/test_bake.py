from datetime import timedelta
from typing import Any

import pytest

from gantry.aws import board_keys
from gantry.aws.bakes import Bake
from gantry.aws.clients import HASTY
from gantry.handlers import entry
from gantry.handlers.deployment_machine import bake
from gantry.promotion.board.canary_progress import CanaryProgress, CanarySeen
from gantry.promotion.errors import AlarmNotFoundError, AlarmRaisedError, LeaseLostError
from gantry.promotion.judge.alarm_facts import AlarmFacts
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import moment
from tests.unit.handlers.payloads import (
    ALARM,
    DEPLOYMENT,
    ENTERED_AT,
    TARGET,
    Said,
    deployment_input,
    invoke,
    payload,
)
from tests.unit.handlers.records import LOST, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

SHIFTED_AT = "2026-11-22T09:29:58.000Z"
TOKEN = "AQCEAAAAKgAAAAMAAAAA"
LATENCY = "cowsay-latency"
PLAN = [{"weight": 10, "bake_seconds": 60}, {"weight": 50, "bake_seconds": 600}]
ON_THE_SECOND_STEP: dict[str, Any] = {
    "found": {"revision": "7", "weights": {}},
    "canary": "8",
    "plan": PLAN,
    "index": 1,
    "shifted_at": SHIFTED_AT,
    "last_look": None,
    "wishes": 0,
}
SEEN = {
    "at": ENTERED_AT,
    "verdict": "inconclusive",
    "reasons": ["too few requests"],
    "evidence": {"failed": {"canary": {"requests": 212, "bad": 3}, "stable": {"requests": 1980, "bad": 5}}},
}


@pytest.fixture(autouse=True)
def leased(ledger: Any) -> None:
    record_lease(lease())


@pytest.fixture(autouse=True)
def alarms(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now.update({ALARM: "OK", LATENCY: "OK"})


def baking(names: tuple[str, ...] = (ALARM,), token: str = TOKEN, **more: Any) -> Any:
    event = payload(
        "Bake",
        deployment=deployment_input(alarms=list(names)),
        task_token=token,
        rollout_since=SHIFTED_AT,
        bake_seconds=300,
        **(ON_THE_SECOND_STEP | more),
    )
    return invoke(bake.handler, event)


def waiting(name: str = ALARM) -> tuple[Bake, ...]:
    return entry.services().bakes.waiting(TARGET.account, TARGET.region, name)


def test_every_alarm_of_the_manifest_can_end_the_bake() -> None:
    assert baking((ALARM, LATENCY)) == {}
    kept_until = int(moment(ENTERED_AT).timestamp()) + 300 + 3600
    expected = (Bake(TARGET.id, TOKEN, DEPLOYMENT, kept_until),)
    assert waiting(ALARM) == waiting(LATENCY) == expected


def test_a_retry_registers_its_new_token_in_place_of_the_old_one() -> None:
    baking()
    baking(token="another token")
    assert [each.task_token for each in waiting()] == ["another token"]


def test_without_alarms_only_how_far_it_is_and_its_token_for_people_are_kept(items: Said) -> None:
    before = items()
    assert baking(()) == {}
    kept = [item["pk"] for item in items() if item not in before]
    assert kept == [board_keys.BOARD, board_keys.steering(TARGET.id)["pk"]]


@pytest.mark.parametrize("names", [(), (ALARM,)])
@pytest.mark.parametrize("now", LOST)
def test_a_deployment_that_lost_its_lease_does_not_bake(names: tuple[str, ...], now: Lease) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError, match=f"{DEPLOYMENT} no longer holds the lease"):
        baking(names)
    assert waiting() == ()


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1)])
def test_an_alarm_between_the_shift_and_the_bake_is_not_lost(workloads: Workloads, later: timedelta) -> None:
    workloads.alarms(TARGET).went_off[ALARM] = moment(SHIFTED_AT) + later
    with pytest.raises(
        AlarmRaisedError, match=r"the alarm “cowsay-errors” changed to ALARM at 2026-11-22T09:29:5.*: “3 er"
    ):
        baking()


def test_an_alarm_that_went_off_before_the_shift_does_not_end_the_bake(workloads: Workloads) -> None:
    workloads.alarms(TARGET).went_off[ALARM] = moment(SHIFTED_AT) - timedelta(seconds=1)
    assert baking() == {}


def test_the_alarms_are_looked_at_after_the_token_is_registered(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Bake] = []

    def look(names: tuple[str, ...], since: Any) -> AlarmFacts:
        assert (list(names), since) == ([ALARM], moment(SHIFTED_AT))
        seen.extend(waiting())
        return AlarmFacts()

    monkeypatch.setattr(workloads.alarms(TARGET), "watch", look)
    baking()
    assert [each.task_token for each in seen] == [TOKEN]


def test_alarms_that_cloudwatch_does_not_tell_end_no_bake(workloads: Workloads, logged: list[str]) -> None:
    workloads.alarms(TARGET).unknown = ("the alarms: CloudWatch throttles calls",)
    assert baking() == {}
    assert [each.task_token for each in waiting()] == [TOKEN], "an alarm still finds it"
    assert any("the alarms: CloudWatch throttles calls" in line for line in logged)


def test_a_bake_does_not_wait_long_for_cloudwatch() -> None:
    baking()
    assert entry.services()._patience is HASTY


def test_an_alarm_that_was_deleted_meanwhile_ends_the_bake() -> None:
    with pytest.raises(AlarmNotFoundError):
        baking((ALARM, "deleted"))


def test_the_token_is_not_logged(logged: list[str]) -> None:
    baking()
    assert any("baking" in line for line in logged)
    assert TOKEN not in "".join(logged)


def shown() -> CanaryProgress:
    (found,) = (each for each in entry.services().board_reading.board() if isinstance(each, CanaryProgress))
    return found


def test_people_see_how_far_the_canary_is() -> None:
    baking((ALARM, LATENCY))
    found = shown()
    assert (found.service, found.environment, found.target_id) == ("cowsay", "prod", TARGET.id)
    assert (found.stable, found.canary, found.step, found.steps, found.weight) == ("7", "8", 2, 2, 50)
    assert (found.execution, found.waits_for, found.alarms) == (DEPLOYMENT, "bake", (ALARM, LATENCY))
    assert (found.shifted_at, found.bake_until) == (SHIFTED_AT, "2026-11-22T09:39:58.000Z")
    assert found.ends_at == "2026-11-22T11:29:58.000Z", "max_bake, two hours"
    assert found.seen is None


def test_people_see_what_the_judge_has_seen() -> None:
    baking(last_look=SEEN)
    seen = CanarySeen(ENTERED_AT, "inconclusive", ("too few requests",), 212, 3, 1980, 5)
    assert shown().seen == seen


def test_what_nobody_has_counted_is_not_shown_as_nothing() -> None:
    baking(last_look=SEEN | {"evidence": {"compared": False}})
    seen = shown().seen
    assert seen
    assert (seen.canary_requests, seen.canary_failed, seen.stable_requests, seen.stable_failed) == (None,) * 4


def test_a_canary_that_has_all_traffic_is_one_step_past_the_last() -> None:
    baking(index=2)
    assert (shown().step, shown().weight) == (3, 100)
