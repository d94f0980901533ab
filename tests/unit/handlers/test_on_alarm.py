from typing import Any

import pytest

from gantry.aws.bakes import Bake, alarm_key
from gantry.handlers import entry
from gantry.handlers.event_rules import on_alarm
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.target import Target
from tests.unit.handlers.payloads import ALARM, DEPLOYMENT, FENCE, OTHER_TARGET, TARGET, Said, invoke
from tests.unit.handlers.records import lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

TOKEN = "AQCEAAAAKgAAAAMAAAAA"
CAUSE = "the alarm “cowsay-errors” changed to ALARM at 2026-11-22T09:31:00.000+0000: “Threshold Crossed”"


def changed(now: str = "ALARM", before: str | None = "OK", **envelope: str) -> dict[str, Any]:
    """A `CloudWatch Alarm State Change`, as the target's account forwards it."""
    state = {"value": now, "reason": "Threshold Crossed", "timestamp": "2026-11-22T09:31:00.000+0000"}
    detail: dict[str, Any] = {"alarmName": ALARM, "state": state, "configuration": {"metrics": []}}
    if before:
        detail["previousState"] = {"value": before, "reason": "…", "timestamp": "2026-11-22T09:00:00.000+0000"}
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": TARGET.account,
        "time": "2026-11-22T09:31:00Z",
        "region": TARGET.region,
        "resources": [f"arn:aws:cloudwatch:us-east-1:444444444444:alarm:{ALARM}"],
        "detail": detail,
    } | envelope


def wait_for_alarm(workloads: Workloads, token: str = TOKEN, target: Target = TARGET) -> Bake:
    workloads.executions.waiting.add(token)
    bake = Bake(target.id, token, DEPLOYMENT, 2_000_000_000)
    record_lease(lease(target=target))
    progress = {"pk": "board", "sk": f"canary#cowsay#prod#{target.id}"}
    entry.services().bakes.register([alarm_key(TARGET.account, TARGET.region, ALARM)], bake, target, FENCE, progress)
    return bake


def bakes(items: Said) -> list[dict[str, Any]]:
    """The bakes that the ledger knows of."""
    return [item for item in items() if item["pk"].startswith("alarm#")]


def end(event: dict[str, Any]) -> int:
    answer = invoke(on_alarm.handler, event)
    return int(answer["ended"])


def test_a_change_to_alarm_ends_the_bake_at_once(workloads: Workloads, items: Said) -> None:
    wait_for_alarm(workloads)
    assert end(changed()) == 1
    assert workloads.executions.answers == {TOKEN: ("AlarmRaisedError", CAUSE)}
    assert bakes(items) == []


@pytest.mark.parametrize("before", ["INSUFFICIENT_DATA", None])
def test_a_change_from_no_data_or_from_nothing_counts_too(workloads: Workloads, before: str | None) -> None:
    wait_for_alarm(workloads)
    assert end(changed(before=before)) == 1


@pytest.mark.parametrize(("now", "before"), [("ALARM", "ALARM"), ("OK", "ALARM"), ("INSUFFICIENT_DATA", "OK")])
def test_only_a_change_to_alarm_counts(workloads: Workloads, items: Said, now: str, before: str) -> None:
    wait_for_alarm(workloads)
    kept = items()
    assert end(changed(now, before)) == 0
    assert workloads.executions.waiting == {TOKEN}
    assert items() == kept


def test_an_alarm_that_two_targets_share_ends_both_bakes(workloads: Workloads) -> None:
    wait_for_alarm(workloads)
    wait_for_alarm(workloads, "another token", OTHER_TARGET)
    assert end(changed()) == 2
    assert workloads.executions.answers.keys() == {TOKEN, "another token"}


@pytest.mark.parametrize("envelope", [{"account": "222222222222"}, {"region": "eu-west-1"}])
def test_an_alarm_of_the_same_name_somewhere_else_ends_nothing(workloads: Workloads, envelope: dict[str, str]) -> None:
    wait_for_alarm(workloads)
    assert end(changed(**envelope)) == 0
    assert workloads.executions.waiting == {TOKEN}


@pytest.mark.usefixtures("workloads")
def test_an_alarm_that_nobody_watches_ends_nothing() -> None:
    assert end(changed()) == 0


def test_a_bake_that_has_ended_already_is_forgotten_and_logged(
    workloads: Workloads, items: Said, logged: list[str]
) -> None:
    wait_for_alarm(workloads)
    workloads.executions.waiting.clear()
    assert end(changed()) == 0
    assert bakes(items) == []
    assert any("safely ignored" in line for line in logged)


def test_the_same_event_twice_ends_the_bake_once(workloads: Workloads) -> None:
    wait_for_alarm(workloads)
    assert [end(changed()), end(changed())] == [1, 0]


def test_a_bake_that_began_while_the_alarm_was_handled_keeps_waiting(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_alarm(workloads)
    real = workloads.executions.fail

    def while_the_next_one_begins(task_token: str, error: str, cause: str) -> bool:
        wait_for_alarm(workloads, "the next token")
        return real(task_token, error, cause)

    monkeypatch.setattr(workloads.executions, "fail", while_the_next_one_begins)
    end(changed())
    (left,) = entry.services().bakes.waiting(TARGET.account, TARGET.region, ALARM)
    assert left.task_token == "the next token"


@pytest.mark.usefixtures("workloads")
def test_a_state_that_cloudwatch_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"detail\.state\.value: it is not known; give one of"):
        end(changed("BROKEN"))


def test_the_token_is_not_logged(workloads: Workloads, logged: list[str]) -> None:
    wait_for_alarm(workloads)
    end(changed())
    assert any("bake ended by an alarm" in line for line in logged)
    assert TOKEN not in "".join(logged)
