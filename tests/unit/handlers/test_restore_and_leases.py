"""What RestoreVersion does about others that change the same target, or did."""

from typing import Any

import pytest

from gantry.handlers.rollback_machine import record_rollback
from gantry.promotion.errors import LeaseLostError, RolledBackAlreadyError, TargetConflictError, TargetNotFoundError
from gantry.promotion.lease import EndedRollback, Lease
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, ENTERED_AT, FENCE, OTHER_TARGET, ROLLBACK, TARGET, invoke, payload
from tests.unit.handlers.records import contender, digest_of, held, lease, live, record_lease, record_live
from tests.unit.handlers.rollbacks import (
    ANOTHER_ROLLBACK,
    SPLIT,
    in_flight,
    published,
    restore,
    restored,
    routes,
    when_a_digest_is_looked_up,
)
from tests.unit.handlers.workloads import Workloads

BEFORE = "2026-11-22T09:30:00.000Z"
AFTER = "2026-11-22T09:31:00.000Z"
SPLIT_ONE = restored(7, leave=8, was_live=False, fence=FENCE + 1, previous_routing=str(SPLIT), interrupted=DEPLOYMENT)
"""The result while revision 8 has 10 %, in a deployment in flight."""


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    """The rollback runs."""
    workloads.executions.running.add(ROLLBACK)


@pytest.fixture
def settled(ledger: Any, workloads: Workloads) -> None:
    """Revision 8 is live, and nobody holds the lease."""
    record_live(live(8, 7, 6))
    published(workloads, 8)
    routes(workloads, 8)


@pytest.fixture
def release_in_flight(ledger: Any, workloads: Workloads) -> None:
    """Revision 7 is live, and a deployment has given 10 % to revision 8."""
    record_live(live(7, 6, 5))
    in_flight(workloads, 8)


def record(answer: Any, execution: str = ROLLBACK, entered_at: str = ENTERED_AT) -> None:
    """As the last state of the rollback does."""
    request = {"service": "cowsay", "environment": "prod"}
    given = answer | {"request": request, "stopped": [], "execution": execution, "entered_at": entered_at}
    invoke(record_rollback.handler, payload("RecordRollback", **given))


@pytest.mark.usefixtures("settled")
def test_a_free_lease_is_taken() -> None:
    restore()
    rollback = contender(ROLLBACK, None, since=ENTERED_AT, started_at=ENTERED_AT)
    rolled_back = RolledBackRelease(digest_of(8), "revision-8", 8)
    restore_point = RestorePoint("7", digest_of(7), "tag7", "revision-7", 7, rolled_back, "8")
    assert held() == Lease(TARGET, 1, holder=rollback, restore_point=restore_point)


@pytest.mark.usefixtures("release_in_flight")
def test_the_lease_is_taken_from_a_deployment_in_flight_which_is_rolled_back(workloads: Workloads) -> None:
    assert restore() == {"restored": [SPLIT_ONE], "problems": []}
    assert workloads.alias(TARGET).written == [Routing("7")]
    with pytest.raises(LeaseLostError):
        held().require(DEPLOYMENT, FENCE)


@pytest.mark.usefixtures("release_in_flight")
def test_the_lease_of_a_deployment_that_has_ended_is_taken_too_and_what_it_left_is_rolled_back(
    workloads: Workloads,
) -> None:
    workloads.executions.running.remove(DEPLOYMENT)
    assert restore()["restored"] == [SPLIT_ONE]
    assert workloads.alias(TARGET).current == Routing("7")


def test_waiting_deployments_go_on_waiting(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    waiting = (contender(f"{DEPLOYMENT}-next", task_token="token"),)
    record_lease(lease(waiting=waiting))
    restore()
    assert held().waiting == waiting


@pytest.mark.usefixtures("settled")
def test_a_target_that_routes_right_already_is_written_so_that_no_late_write_gets_through(
    workloads: Workloads,
) -> None:
    routes(workloads, 7)
    revision = workloads.alias(TARGET).revision
    restore()
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert workloads.alias(TARGET).revision > revision


@pytest.mark.usefixtures("release_in_flight")
@pytest.mark.parametrize("routing", [SPLIT, Routing("7")], ids=["the lease was taken", "the traffic was moved"])
@pytest.mark.parametrize("wanted", [{}, {"version": "5"}])
def test_a_retry_returns_the_same_and_restores_the_same_revision(
    workloads: Workloads, routing: Routing, wanted: dict[str, Any]
) -> None:
    first = restore(**wanted)
    after = held()
    routes(workloads, Routing("5") if wanted and routing != SPLIT else routing)
    assert restore(**wanted) == first
    assert workloads.alias(TARGET).current == Routing(wanted.get("version", "7"))
    assert held() == after


@pytest.mark.usefixtures("release_in_flight")
def test_a_retry_after_one_of_several_targets_was_restored_rolls_all_back_from_the_same_release(
    workloads: Workloads,
) -> None:
    record_live(live(8, 7, target=OTHER_TARGET), live(7, 6, 5))
    routes(workloads, 8, OTHER_TARGET)
    workloads.alias(OTHER_TARGET).refusal = TargetConflictError("another change is in progress")
    with pytest.raises(TargetConflictError):
        restore()
    assert workloads.alias(TARGET).current == Routing("7")
    workloads.alias(OTHER_TARGET).refusal = None
    there = {each["target_id"]: each for each in restore()["restored"]}
    assert there == {TARGET.id: SPLIT_ONE, OTHER_TARGET.id: restored(7, leave=8, was_live=True, target=OTHER_TARGET)}


@pytest.mark.usefixtures("release_in_flight")
def test_a_late_write_of_the_deployment_is_undone(workloads: Workloads) -> None:
    workloads.alias(TARGET).interference = Routing("7", {"8": 50})
    assert restore()["restored"] == [SPLIT_ONE]
    assert workloads.alias(TARGET).current == Routing("7")


@pytest.mark.usefixtures("release_in_flight")
def test_when_the_lease_changes_hands_while_it_looks_nothing_is_moved_and_another_try_looks_again(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_one = lease(f"{DEPLOYMENT}-next")
    when_a_digest_is_looked_up(workloads, monkeypatch, lambda: record_lease(next_one))
    with pytest.raises(TargetConflictError):
        restore()
    assert (workloads.alias(TARGET).written, held()) == ([], next_one)
    (each,) = restore()["restored"]
    assert each["restore_point"]["interrupted"] == f"{DEPLOYMENT}-next"


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("wanted", [{}, {"version": "6"}, {"digest": digest_of(7)}])
def test_a_second_rollback_while_the_first_one_runs_is_refused(workloads: Workloads, wanted: dict[str, Any]) -> None:
    restore()
    after = held()
    with pytest.raises(RolledBackAlreadyError, match=ROLLBACK):
        restore(execution=ANOTHER_ROLLBACK, **wanted)
    assert (workloads.alias(TARGET).current, held()) == (Routing("7"), after)


@pytest.mark.usefixtures("settled", "told")
def test_a_rollback_that_was_started_before_another_one_ended_does_not_go_one_revision_further_back(
    workloads: Workloads,
) -> None:
    record(restore())
    with pytest.raises(RolledBackAlreadyError, match=ROLLBACK):
        restore(execution=ANOTHER_ROLLBACK, entered_at=BEFORE)
    assert workloads.alias(TARGET).current == Routing("7")
    assert held().holder is None


@pytest.mark.usefixtures("settled")
def test_a_rollback_of_another_target_meanwhile_does_not_matter(workloads: Workloads) -> None:
    record_lease(Lease(OTHER_TARGET, last_rollback=EndedRollback(ANOTHER_ROLLBACK, "7", AFTER)))
    restore()
    assert workloads.alias(TARGET).current == Routing("7")


@pytest.mark.usefixtures("settled")
def test_a_rollback_that_came_and_went_while_another_one_looked_is_noticed_before_the_lease_is_taken(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = workloads.alias(TARGET)
    real, other = alias.routing, Lease(TARGET, 1, last_rollback=EndedRollback(ANOTHER_ROLLBACK, "7", AFTER))

    def while_another_one_comes_and_goes() -> Any:
        record_lease(other)
        return real()

    monkeypatch.setattr(alias, "routing", while_another_one_comes_and_goes)
    with pytest.raises(TargetConflictError):
        restore()
    with pytest.raises(RolledBackAlreadyError, match=ANOTHER_ROLLBACK):
        restore()
    assert (alias.written, held()) == ([], other)


@pytest.mark.usefixtures("settled")
def test_a_rollback_that_loses_its_lease_before_it_moves_the_traffic_writes_nothing(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = workloads.alias(TARGET)
    real, theirs = alias.routing, lease(ANOTHER_ROLLBACK, release=None)

    def while_another_one_takes_it() -> Any:
        if held().holder:
            record_lease(theirs)
        return real()

    monkeypatch.setattr(alias, "routing", while_another_one_takes_it)
    with pytest.raises(LeaseLostError):
        restore()
    assert (alias.written, held()) == ([], theirs)


@pytest.mark.usefixtures("release_in_flight", "told")
def test_nor_when_the_other_one_only_ended_a_canary_so_that_what_is_live_stayed_the_same(
    workloads: Workloads,
) -> None:
    record(restore())
    with pytest.raises(RolledBackAlreadyError):
        restore(execution=ANOTHER_ROLLBACK, entered_at=BEFORE)
    assert workloads.alias(TARGET).current == Routing("7")


@pytest.mark.usefixtures("settled", "told")
@pytest.mark.parametrize(
    ("entered_at", "wanted"),
    [(AFTER, {}), (BEFORE, {"version": "6"})],
    ids=["started afterwards", "with a version"],
)
def test_a_rollback_that_began_after_the_other_one_or_names_a_version_goes_on(
    workloads: Workloads, entered_at: str, wanted: dict[str, Any]
) -> None:
    record(restore())
    restore(execution=ANOTHER_ROLLBACK, entered_at=entered_at, **wanted)
    assert workloads.alias(TARGET).current == Routing("6")


def test_what_a_deployment_made_live_while_the_rollback_was_starting_is_rolled_back(workloads: Workloads) -> None:
    record_live(live(8, 7, since=AFTER))
    routes(workloads, 8)
    restore()
    assert workloads.alias(TARGET).current == Routing("7")


@pytest.mark.usefixtures("release_in_flight")
@pytest.mark.parametrize(
    "routing", [SPLIT, Routing("7")], ids=["before it moved the traffic", "after it moved the traffic"]
)
def test_the_lease_of_a_rollback_that_has_ended_is_taken_over_and_its_rollback_done_again(
    workloads: Workloads, routing: Routing
) -> None:
    restore()
    workloads.executions.running.remove(ROLLBACK)
    routes(workloads, routing)
    (each,) = restore(execution=ANOTHER_ROLLBACK, entered_at=AFTER)["restored"]
    assert workloads.alias(TARGET).current == Routing("7")
    assert each == restored(
        7, leave=8, was_live=False, fence=FENCE + 2, previous_routing=str(routing), interrupted=DEPLOYMENT
    )


@pytest.mark.usefixtures("settled")
def test_a_rollback_that_has_ended_and_interrupted_nothing_leaves_nothing_to_stop(workloads: Workloads) -> None:
    restore()
    workloads.executions.running.remove(ROLLBACK)
    (each,) = restore(execution=ANOTHER_ROLLBACK, entered_at=AFTER)["restored"]
    assert each == restored(7, leave=8, was_live=True, fence=2, previous_routing="7")
    assert workloads.alias(TARGET).current == Routing("7")


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_rollback_that_was_stopped_meanwhile_asks_for_the_repair(workloads: Workloads, *, is_stopped: bool) -> None:
    if is_stopped:
        workloads.executions.running.remove(ROLLBACK)
    restore()
    assert workloads.repairs.asked_for == ([TARGET.id] if is_stopped else [])


@pytest.mark.usefixtures("settled")
def test_a_target_whose_rollback_is_refused_keeps_its_lease_as_it_is(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = None
    with pytest.raises(TargetNotFoundError):
        restore()
    assert held() == Lease(TARGET)
