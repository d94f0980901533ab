"""RestoreVersion and RepairTarget, when the traffic takes time to arrive: one look a try, one write in all."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.promotion.errors import LeaseLostError, TargetAccessError, TargetPendingError
from gantry.promotion.lease import Lease
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.traffic import Routing, TrafficMove
from gantry.promotion.unfinished import RepairIncompleteError
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, ROLLBACK, TARGET, Said, Told
from tests.unit.handlers.records import digest_of, held, lease, live, record_lease, record_live, release_of
from tests.unit.handlers.repairs import repair
from tests.unit.handlers.rollbacks import ANOTHER_ROLLBACK, restore, routes
from tests.unit.handlers.slow_targets import SLOW_TARGET, SlowTarget
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

LOOKS = 2
"""How many looks find the traffic on its way."""


@pytest.fixture
def slow(ledger: Any, workloads: Workloads) -> SlowTarget:
    """Revision 3 is live, and a rollback runs."""
    there = SlowTarget.with_revisions(3, workloads)
    there.service.looks_to_settle = LOOKS
    record_live(there.live(3, 2, 1))
    workloads.executions.running.add(ROLLBACK)
    return there


@pytest.fixture
def left_behind(slow: SlowTarget) -> Routing:
    """A deployment of revision 3 beside revision 2 has ended; the routing that it left."""
    split = Routing(slow.name(2), {slow.name(3): 10.0})
    record_live(slow.live(2, 1))
    slow.route(split)
    restore_point = RestorePoint(slow.name(2), digest_of(2))
    record_lease(lease(target=SLOW_TARGET, release=release_of(3), restore_point=restore_point))
    return split


def until_it_has_arrived(look: Callable[[], Any], pending: type[Exception] = TargetPendingError) -> Any:
    """Try again as the definition does; every try but the last one finds the traffic on its way."""
    for _ in range(LOOKS):
        with pytest.raises(pending, match="settled"):
            look()
    return look()


def test_a_rollback_writes_once_and_looks_until_the_traffic_has_arrived(slow: SlowTarget) -> None:
    (restored,) = until_it_has_arrived(restore)["restored"]
    assert restored["restore_point"]["revision"] == slow.name(2)
    assert slow.routes() == [Routing(slow.name(3)), Routing(slow.name(2))]
    assert slow.has_arrived()


def test_a_rollback_that_looks_again_goes_by_what_the_lease_says(slow: SlowTarget) -> None:
    """Revision 2 has the traffic by then, and nobody goes back to revision 1."""
    with pytest.raises(TargetPendingError):
        restore()
    after = held(SLOW_TARGET)
    assert after.restore_point
    assert (after.restore_point.revision, after.move) == (
        slow.name(2),
        TrafficMove(Routing(slow.name(3)), slow.name(2)),
    )
    with pytest.raises(TargetPendingError):
        restore()
    assert held(SLOW_TARGET) == after


def test_a_foreign_write_while_the_traffic_is_on_its_way_is_overwritten(slow: SlowTarget) -> None:
    with pytest.raises(TargetPendingError):
        restore()
    slow.route(Routing(slow.name(3), {slow.name(1): 10.0}))
    until_it_has_arrived(restore)
    assert slow.routes()[2:] == [Routing(slow.name(3), {slow.name(1): 10.0}), Routing(slow.name(2))]


def test_traffic_that_was_never_sent_is_written_although_it_is_where_it_belongs(slow: SlowTarget) -> None:
    """So that no late write of a deployment in flight gets through; also after a crash between lease and write."""
    slow.route(Routing(slow.name(2)))
    writes = len(slow.routes())
    until_it_has_arrived(restore)
    assert slow.routes()[writes:] == [Routing(slow.name(2))]


def test_a_rollback_that_lost_its_lease_while_the_traffic_was_on_its_way_does_not_go_on(
    slow: SlowTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TargetPendingError):
        restore()
    theirs = lease(ANOTHER_ROLLBACK, SLOW_TARGET, None)
    kind = entry.services().kinds.of(SLOW_TARGET)
    routing, looks = kind.routing, count(1)

    def while_another_one_takes_it(target: Any) -> Any:
        if next(looks) == 2:
            record_lease(theirs)
        return routing(target)

    monkeypatch.setattr(kind, "routing", while_another_one_takes_it)
    with pytest.raises(LeaseLostError):
        restore()
    assert held(SLOW_TARGET) == theirs


@pytest.mark.usefixtures("slow")
def test_traffic_on_its_way_on_one_target_is_looked_at_again_although_another_one_failed(
    workloads: Workloads,
) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    workloads.alias(TARGET).refusal = TargetAccessError("the account is closed")
    until_it_has_arrived(restore)


def test_a_repair_writes_once_and_the_runs_after_it_look_until_the_traffic_has_arrived(
    slow: SlowTarget, left_behind: Routing, announced: Said, told: Told
) -> None:
    assert until_it_has_arrived(repair, RepairIncompleteError) == [SLOW_TARGET.id]
    assert slow.routes()[1:] == [left_behind, Routing(slow.name(2))]
    assert held(SLOW_TARGET) == Lease(SLOW_TARGET, FENCE + 1 + LOOKS)
    (event,) = announced()
    assert (event["detail"]["traffic"], event["detail"]["revision"]) == ("restored", slow.name(2))
    assert len(told()) == 1


@pytest.mark.usefixtures("left_behind")
def test_nobody_is_notified_and_the_lease_is_held_while_the_traffic_is_on_its_way(announced: Said, told: Told) -> None:
    with pytest.raises(RepairIncompleteError):
        repair()
    assert (announced(), told()) == ([], [])
    assert held(SLOW_TARGET).is_held_by(DEPLOYMENT, FENCE + 1)


def test_a_repair_carries_on_what_a_rollback_that_ended_had_sent_on_its_way(
    slow: SlowTarget, workloads: Workloads
) -> None:
    with pytest.raises(TargetPendingError):
        restore()
    workloads.executions.running.remove(ROLLBACK)
    writes = slow.routes()
    with pytest.raises(RepairIncompleteError):
        repair()
    assert repair() == [SLOW_TARGET.id]
    assert slow.routes() == writes
    (now_live,) = entry.services().ledger.live("cowsay")
    assert (now_live.current.revision, now_live.current.sequence) == (slow.name(2), 2)


@pytest.mark.usefixtures("left_behind")
def test_a_repair_of_a_revision_that_is_gone_keeps_the_lease(slow: SlowTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.service.looks_to_settle = 0
    kind = entry.services().kinds.of(SLOW_TARGET)
    monkeypatch.setattr(kind, "digest", lambda *_: None)
    with pytest.raises(RepairIncompleteError, match="TargetNotFoundError"):
        repair()
    assert held(SLOW_TARGET).holder
