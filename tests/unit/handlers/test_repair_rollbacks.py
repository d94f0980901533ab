"""RepairTarget, after a manual rollback that ended before it was recorded: the repair completes it."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import entry
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import EndedRollback, Lease
from gantry.promotion.live import Live
from gantry.promotion.live_now import LiveFor
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, ROLLBACK, TARGET, Said, Told
from tests.unit.handlers.records import digest_of, held, history, live, record_lease, record_live
from tests.unit.handlers.repairs import SCHEDULED, ended, repair, routing_of
from tests.unit.handlers.rollbacks import SPLIT, in_flight, published, restore, restored, routes
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

ELSEWHERE = replace(LambdaTarget.of(TARGET), account="555555555555").as_target()


@pytest.fixture
def interrupted(ledger: Any, workloads: Workloads) -> None:
    """A rollback has taken the lease from a deployment that had given revision 8 some traffic, and ended."""
    record_live(live(7, 6))
    in_flight(workloads, 8)
    restore()


@pytest.fixture
def two_targets(ledger: Any, workloads: Workloads) -> None:
    """A rollback from revision 8, which was live on both, has moved both and ended."""
    for target in (TARGET, ELSEWHERE):
        published(workloads, 8, target)
        routes(workloads, 8, target)
    record_live(live(8, 7), live(8, 7, target=ELSEWHERE))
    restore()


def recorded(target: Target = TARGET) -> Live:
    found = entry.services().ledger.live_on("cowsay", "prod", target)
    assert found
    return found


def quarantined() -> Quarantine | None:
    return entry.services().quarantines.get("cowsay", digest_of(8))


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("event", [ended(ROLLBACK), SCHEDULED, {"target": TARGET.id}])
@pytest.mark.parametrize(
    "routing", [SPLIT, Routing("7")], ids=["before it moved the traffic", "after it moved the traffic"]
)
def test_the_rollback_is_carried_to_its_end(workloads: Workloads, routing: Routing, event: dict[str, Any]) -> None:
    routes(workloads, routing)
    assert repair(event) == [TARGET.id]
    assert routing_of(workloads) == Routing("7")
    last = EndedRollback(ROLLBACK, "7", ENDED_AT)
    after = Lease(TARGET, FENCE + 2, live_for=LiveFor("cowsay", "prod"), last_rollback=last)
    assert held() == replace(after, live_now=live(7, 6).in_short)
    assert recorded() == live(7, 6)
    assert quarantined() == Quarantine("cowsay", digest_of(8), ENDED_AT, "rolled back manually in prod", ROLLBACK)


@pytest.mark.usefixtures("interrupted")
def test_the_deployment_that_it_interrupted_is_stopped_and_not_reported_once_more(
    workloads: Workloads, told: Told
) -> None:
    repair(ended(ROLLBACK))
    assert workloads.executions.stopped == [(DEPLOYMENT, "RolledBackManually", f"{ROLLBACK} rolled {TARGET.id} back")]
    workloads.executions.ends[DEPLOYMENT] = ExecutionEnd(DEPLOYMENT, "ABORTED", ENDED_AT, {}, "RolledBackManually")
    assert repair(ended(DEPLOYMENT)) == []
    ((_, text),) = told()
    assert ROLLBACK in text


@pytest.mark.usefixtures("interrupted")
def test_the_history_has_the_rollback_and_that_it_was_repaired() -> None:
    repair()
    (record,) = history()
    assert (record.kind, record.at, record.execution) == (HistoryKind.ROLLED_BACK, ENDED_AT, ROLLBACK)
    facts = restored(7, leave=8, was_live=False, previous_routing=str(SPLIT))["restore_point"]
    del facts["rolled_back"]["sequence"]
    for name in ("interrupted", "sequence", "started_by", "why", "promotion", "artifact_version", "source"):
        del facts[name]
    why = {"error": "ABORTED", "reason": "no cause was given", "repaired": True}
    assert record.facts == facts | why | {"target_id": TARGET.id}


@pytest.mark.usefixtures("interrupted")
def test_it_is_published_as_the_rollback_that_it_is(announced: Said) -> None:
    repair()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Rolled Back"
    detail = event["detail"]
    assert (detail["execution"], detail["revision"], detail["traffic"]) == (ROLLBACK, "7", "restored")
    assert (detail["digest"], detail["tag"]) == (digest_of(8), None), "the digest that was rolled back"


@pytest.mark.usefixtures("two_targets")
def test_on_all_its_targets_the_revision_before_is_live_and_people_are_notified_once(told: Told) -> None:
    assert repair(ended(ROLLBACK)) == [TARGET.id, ELSEWHERE.id]
    for target in (TARGET, ELSEWHERE):
        assert (recorded(target).current.revision, recorded(target).lineage) == ("7", ())
        assert held(target).holder is None
    ((_, text),) = told()
    assert [target.id in text for target in (TARGET, ELSEWHERE)] == [True] * 2


@pytest.mark.usefixtures("two_targets")
def test_a_target_that_cannot_be_reached_is_carried_to_its_end_by_a_later_run(workloads: Workloads) -> None:
    workloads.closed.add(ELSEWHERE.account)
    with pytest.raises(RepairIncompleteError, match=f"{ELSEWHERE.id}: TargetAccessError"):
        repair(ended(ROLLBACK))
    assert (recorded().current.revision, recorded(ELSEWHERE).current.revision) == ("7", "8")
    workloads.closed.clear()
    assert repair() == [ELSEWHERE.id]
    assert recorded(ELSEWHERE).current.revision == "7"


@pytest.mark.usefixtures("two_targets")
def test_a_target_that_it_has_recorded_itself_is_left_alone(workloads: Workloads) -> None:
    record_lease(Lease(TARGET, 1))
    routes(workloads, 8)
    assert repair(ended(ROLLBACK)) == [ELSEWHERE.id]
    assert routing_of(workloads) == Routing("8")
