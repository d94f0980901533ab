from typing import Any

import pytest

from aws.leases import Leases
from aws.ledger import Ledger
from aws.quarantines import Quarantines
from handlers import record_rollback
from promotion.errors import RollbackIncompleteError
from promotion.ledger import Live, Quarantine
from promotion.target import Target
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
    release_input,
)
from tests.unit.handlers.records import digest_of, history, lease, live, record_lease, record_live

pytestmark = pytest.mark.usefixtures("ledger", "told")

STOPPED = {
    "target_id": TARGET.id,
    "owner": DEPLOYMENT,
    "environment": "prod",
    "release": release_input(),
    "acquired_at": "2026-11-22T09:00:00.000Z",
}


def restored(number: int, leave: int, left: int | None, target: Target = TARGET) -> dict[str, Any]:
    """What RestoreVersion answers for one target."""
    return {
        "target_id": target.id,
        "before": "8",
        "version": str(number),
        "image_digest": digest_of(number),
        "tag": f"tag{number}",
        "manifest_revision": f"revision-{number}",
        "leave": {"image_digest": digest_of(leave), "version": str(left) if left else None},
    }


def record(*each: dict[str, Any], stopped: tuple[Any, ...] = (), problems: tuple[str, ...] = (), **wish: Any) -> Any:
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
    record(restored(6, leave=7, left=7))
    assert (recorded().current.version, recorded().lineage) == ("6", ())


@pytest.mark.usefixtures("announced")
def test_what_was_rolled_back_goes_into_quarantine() -> None:
    record_live(live(8, 7))
    record(restored(7, leave=8, left=8))
    assert quarantined(8) == Quarantine("cowsay", digest_of(8), ENTERED_AT, "rolled back by hand in prod", ROLLBACK)
    assert quarantined(7) is None


def test_what_was_only_in_flight_goes_into_quarantine_too() -> None:
    record_live(live(7, 6))
    record(restored(7, leave=8, left=None), stopped=(STOPPED,))
    assert quarantined(8)
    assert recorded() == live(7, 6)


@pytest.mark.parametrize(("number", "leave"), [(9, 8), (8, 8)])
def test_going_forward_or_nowhere_puts_nothing_into_quarantine(number: int, leave: int) -> None:
    record_live(live(8, 7))
    assert "quarantine" not in record(restored(number, leave, left=8), version=str(number))["summary"]
    assert quarantined(8) is None


def test_the_leases_of_stopped_deployments_end_and_those_of_others_do_not() -> None:
    record_live(live(7, 6))
    record_lease(lease())
    another = lease(owner=f"{DEPLOYMENT}-another", target=OTHER_TARGET)
    record_lease(another)
    answer = record(restored(7, leave=8, left=None), stopped=(STOPPED, STOPPED | {"target_id": OTHER_TARGET.id}))
    assert Leases.from_env().held(TARGET.id) is None
    assert Leases.from_env().held(OTHER_TARGET.id) == another
    assert f" Stopped: {DEPLOYMENT}." in answer["summary"]


def test_every_restored_target_has_its_entry_in_the_history_and_its_event(announced: Said) -> None:
    record_live(live(8, 7), live(8, 5, target=OTHER_TARGET))
    there = [restored(7, leave=8, left=8), restored(5, leave=8, left=8, target=OTHER_TARGET)]
    answer = record(*there, stopped=(STOPPED,))
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
    assert entry.facts == there[0] | {"stopped": [DEPLOYMENT], "problems": []}
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
        "error": "RolledBackByHand",
        "alias": "restored",
        "image_digest": digest_of(8),
        "tag": None,
        "execution": ROLLBACK,
    }
    assert counted() == {"RollbacksByHand": 1}


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
    assert counted() == {"RollbacksByHand": 1}


@pytest.mark.parametrize("left", [8, None])
def test_a_retry_records_nothing_more(items: Said, left: int | None) -> None:
    record_live(live(8, 7, 6) if left else live(7, 6))
    record(restored(7, leave=8, left=left), stopped=(STOPPED,))
    once = items()
    record(restored(7, leave=8, left=left), stopped=(STOPPED,))
    assert items() == once
