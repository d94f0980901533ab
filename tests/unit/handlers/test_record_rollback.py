from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from gantry.aws.ledger import Ledger
from gantry.aws.notification_log import NotificationLog
from gantry.aws.notifications import Topic
from gantry.aws.quarantines import Quarantines
from gantry.handlers import record_rollback
from gantry.promotion.errors import LeaseLostError, NotificationError, QuarantinedError, RollbackIncompleteError
from gantry.promotion.lease import Lease
from gantry.promotion.ledger import Live
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    ENTERED_AT,
    OTHER_TARGET,
    ROLLBACK,
    TARGET,
    Said,
    Told,
    invoke,
    payload,
)
from tests.unit.handlers.pushes import push_again
from tests.unit.handlers.records import contender, digest_of, held, history, live, record_lease, record_live
from tests.unit.handlers.rollbacks import restored
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

NEXT, OLDER = f"{DEPLOYMENT}-next", f"{DEPLOYMENT}-older"


@pytest.fixture(autouse=True)
def taken(ledger: Any) -> None:
    """The rollback has the leases of both targets."""
    for target in (TARGET, OTHER_TARGET):
        record_lease(Lease(target, 1, holder=contender(ROLLBACK, None)))


def record(*each: dict[str, Any], stopped: tuple[str, ...] = (), problems: tuple[str, ...] = (), **wish: Any) -> Any:
    event = payload(
        "RecordRollback",
        request={"service": "cowsay", "environment": "prod"} | wish,
        restored=list(each),
        stopped=list(stopped),
        problems=list(problems),
        execution=ROLLBACK,
    )
    return invoke(record_rollback.handler, event)


def recorded(target: Target = TARGET) -> Live:
    found = Ledger.from_env().live_on("cowsay", "prod", target)
    assert found
    return found


def quarantined(number: int) -> Quarantine | None:
    return Quarantines.from_env().get("cowsay", digest_of(number))


def test_the_older_version_is_live_and_what_was_left_is_no_way_back(told: Told) -> None:
    record_live(live(8, 7, 6))
    answer = record(restored(7, leave=8, left=8))
    record_now = recorded()
    assert (record_now.current.version, record_now.current.since, record_now.current.execution) == (
        "7",
        ENTERED_AT,
        ROLLBACK,
    )
    assert (record_now.current.tag, record_now.current.manifest_revision) == ("tag7", "revision-7")
    assert [each.version for each in record_now.lineage] == ["6"]
    moved = f"{TARGET.id} routes to version 7 (before: 8)"
    assert answer["summary"].startswith(f"cowsay in prod was rolled back: {moved}. {digest_of(8)} of cowsay is in quar")
    assert answer["restored"] == [restored(7, leave=8, left=8)]
    assert told() == [("cowsay in prod: rolled back by hand", f"{answer['summary']}\n\nExecution: {ROLLBACK}")]


def test_a_second_rollback_goes_further_back() -> None:
    record_live(live(8, 7, 6))
    record(restored(7, leave=8, left=8))
    record_lease(Lease(TARGET, 2, holder=contender(ROLLBACK, None)))
    record(restored(6, leave=7, left=7, fence=2))
    assert (recorded().current.version, recorded().lineage) == ("6", ())


@pytest.mark.usefixtures("announced")
def test_what_was_rolled_back_goes_into_quarantine() -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, left=8))
    assert quarantined(8) == Quarantine("cowsay", digest_of(8), ENTERED_AT, "rolled back by hand in prod", ROLLBACK)
    assert quarantined(7) is None


@pytest.mark.usefixtures("bucket")
def test_no_push_promotes_what_was_rolled_back_by_hand(workloads: Workloads) -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, left=8))
    with pytest.raises(QuarantinedError, match="rolled back by hand in prod"):
        push_again(digest_of(8), workloads)


def test_what_was_only_in_flight_goes_into_quarantine_too() -> None:
    record_live(live(7, 6))
    record(restored(7, leave=8, left=None), stopped=(DEPLOYMENT,))
    assert quarantined(8)
    assert recorded() == live(7, 6)


@pytest.mark.parametrize(("number", "leave"), [(9, 8), (8, 8)])
def test_going_forward_or_nowhere_puts_nothing_into_quarantine(number: int, leave: int) -> None:
    record_live(live(8, 7))
    assert "quarantine" not in record(restored(number, leave, left=8), version=str(number))["summary"]
    assert quarantined(8) is None


def test_each_restored_target_loses_its_lease_and_no_other_does() -> None:
    record_live(live(7, 6))
    record(restored(7, leave=8, left=None))
    assert held().holder is None
    assert held(OTHER_TARGET).is_held_by(ROLLBACK, 1)


def test_the_newest_of_those_who_wait_gets_the_lease_and_the_others_are_superseded(workloads: Workloads) -> None:
    record_live(live(8, 7))
    older = contender(OLDER, started_at="2026-11-22T08:31:00.000Z", task_token="older")
    newest = contender(NEXT, started_at="2026-11-22T08:32:00.000Z", task_token="next")
    record_lease(Lease(TARGET, 1, holder=contender(ROLLBACK, None), waiting=(newest, older)))
    workloads.executions.waiting |= {"older", "next"}
    workloads.executions.running |= {NEXT, OLDER}
    record(restored(7, leave=8, left=8))
    assert held().is_held_by(NEXT, 2)
    assert workloads.executions.answers["next"] == {"fence": 2}
    assert workloads.executions.answers["older"][0] == "DeploymentSupersededError"


def test_every_restored_target_has_its_entry_in_the_history_and_its_event(announced: Said) -> None:
    record_live(live(8, 7), live(8, 5, target=OTHER_TARGET))
    there = [restored(7, leave=8, left=8), restored(5, leave=8, left=8, target=OTHER_TARGET)]
    answer = record(*there, stopped=(DEPLOYMENT,))
    quarantine = quarantined(8)
    assert quarantine
    assert answer["summary"] == (
        f"cowsay in prod was rolled back: {TARGET.id} routes to version 7 (before: 8); "
        f"{OTHER_TARGET.id} routes to version 5 (before: 8). Stopped: {DEPLOYMENT}. {quarantine.explain()}."
    )
    entries = {str(entry.target_id): entry for entry in history()}
    assert entries.keys() == {TARGET.id, OTHER_TARGET.id}
    entry = entries[TARGET.id]
    assert (entry.kind, entry.at, entry.execution, entry.environment) == ("rolled_back", ENTERED_AT, ROLLBACK, "prod")
    restore_point = {name: value for name, value in there[0]["restore_point"].items() if name != "interrupted"}
    assert entry.facts == restore_point | {"target_id": TARGET.id, "stopped": [DEPLOYMENT], "problems": []}
    assert [event["detail-type"] for event in announced()] == ["Promotion Deployment Rolled Back"] * 2


def test_a_rollback_by_hand_is_announced_and_counted(announced: Said, counted: Any) -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, left=8))
    (event,) = announced()
    reason = event["detail"].pop("reason")
    assert reason.startswith("cowsay in prod was rolled back: ")
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "target": TARGET.id,
        "version": "7",
        "error": "RolledBackManually",
        "alias": "restored",
        "image_digest": digest_of(8),
        "tag": None,
        "execution": ROLLBACK,
    }
    assert counted() == {"ManualRollbacks": 1}


def test_an_incomplete_rollback_is_recorded_and_told_and_then_fails(told: Told, counted: Any) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    problem = f"{OTHER_TARGET.id}: TargetAccessError: the account is closed"
    with pytest.raises(RollbackIncompleteError) as raised:
        record(restored(7, leave=8, left=8), problems=(problem,))
    assert str(raised.value).endswith(f" Not done: {problem}")
    assert recorded().current.version == "7"
    assert recorded(OTHER_TARGET) == live(8, 7, target=OTHER_TARGET)
    assert quarantined(8)
    assert [entry.facts["problems"] for entry in history()] == [[problem]]
    ((_, message),) = told()
    assert f"\nNot done: {problem}\n" in message
    assert counted() == {"ManualRollbacks": 1}


@pytest.mark.parametrize("left", [8, None])
def test_a_retry_records_nothing_more(items: Said, left: int | None) -> None:
    record_live(live(8, 7, 6) if left else live(7, 6))
    record(restored(7, leave=8, left=left), stopped=(DEPLOYMENT,))
    once = items()
    record(restored(7, leave=8, left=left), stopped=(DEPLOYMENT,))
    assert items() == once


def test_a_retry_after_only_some_targets_were_recorded_records_the_others(told: Told) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    there = [restored(7, leave=8, left=8, target=each) for each in (TARGET, OTHER_TARGET)]
    held_by_rollback = held(OTHER_TARGET)
    record_lease(Lease(OTHER_TARGET, 1))
    with pytest.raises(LeaseLostError):
        record(*there)
    assert (held().holder, told()) == (None, [])
    record_lease(held_by_rollback)
    record(*there)
    assert [recorded(each).current.version for each in (TARGET, OTHER_TARGET)] == ["7", "7"]
    assert held(OTHER_TARGET).holder is None
    assert len(history()) == 2
    assert len(told()) == 1


def test_who_is_next_is_called_last_and_hides_nothing_when_it_cannot_be(
    workloads: Workloads, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_live(live(8, 7), live(8, 7, target=OTHER_TARGET))
    there = [restored(7, leave=8, left=8, target=each) for each in (TARGET, OTHER_TARGET)]
    record_lease(Lease(TARGET, 1, holder=contender(ROLLBACK, None), waiting=(contender(NEXT, task_token="next"),)))
    workloads.executions.waiting.add("next")
    told_before: list[int] = []

    def unavailable(*_: object) -> bool:
        told_before.append(len(told()))
        raise EndpointConnectionError(endpoint_url="https://states.example.com")

    with monkeypatch.context() as patch:
        patch.setattr(workloads.executions, "succeed", unavailable)
        with pytest.raises(NotificationError, match=f"{NEXT} was not told"):
            record(*there)
    assert told_before == [1]
    assert [recorded(each).current.version for each in (TARGET, OTHER_TARGET)] == ["7", "7"]
    assert (held().called != (), held(OTHER_TARGET).holder, len(history())) == (True, None, 2)
    record(*there)
    assert workloads.executions.answers == {"next": {"fence": 2}}
    assert (held().called, len(told())) == ((), 1)


def test_what_somebody_else_did_to_the_target_after_the_first_try_stays_as_it_is() -> None:
    record_live(live(8, 7, 6))
    there = restored(7, leave=8, left=8)
    record(there)
    record_live(live(9, 7, 6))
    theirs = Lease(TARGET, 2, holder=contender(NEXT))
    record_lease(theirs)
    record(there)
    assert (recorded(), held()) == (live(9, 7, 6), theirs)


def test_a_rollback_that_lost_its_lease_records_nothing(items: Said) -> None:
    record_live(live(8, 7))
    record_lease(Lease(TARGET, 2, holder=contender(ROLLBACK, None)))
    before = items()
    with pytest.raises(LeaseLostError):
        record(restored(7, leave=8, left=8))
    assert items() == before


def test_people_are_told_once(told: Told) -> None:
    record_live(live(7, 6))
    for _ in range(2):
        record(restored(7, leave=8, left=None), stopped=(DEPLOYMENT,))
    assert len(told()) == 1
    assert [NotificationLog.from_env().was_sent(each) for each in (ROLLBACK, NEXT)] == [True, False]


def test_people_who_could_not_be_told_do_not_count_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    record_live(live(7, 6))
    monkeypatch.setattr(Topic, "tell", away)
    with pytest.raises(NotificationError):
        record(restored(7, leave=8, left=None), stopped=(DEPLOYMENT,))
    assert not NotificationLog.from_env().was_sent(ROLLBACK)
    assert held().holder is None


def test_an_incomplete_rollback_fails_also_when_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    record_live(live(8, 7))
    monkeypatch.setattr(Topic, "tell", away)
    with pytest.raises(RollbackIncompleteError, match="Not done: the account is closed"):
        record(restored(7, leave=8, left=8), problems=("the account is closed",))


def away(*_: object) -> None:
    raise NotificationError("SNS is away")
