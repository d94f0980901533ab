"""RepairTarget, where a rollback by hand ended before it was recorded: it is carried to its end."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.executions import Ended
from gantry.aws.ledger import Ledger
from gantry.aws.quarantines import Quarantines
from gantry.promotion.errors import RepairIncompleteError
from gantry.promotion.lease import Lease
from gantry.promotion.ledger import Live
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from tests.unit.handlers.fakes import ENDED_AT
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, ROLLBACK, TARGET, Said, Told
from tests.unit.handlers.records import digest_of, held, history, live, record_lease, record_live
from tests.unit.handlers.repairs import SCHEDULED, alias_of, ended, repair
from tests.unit.handlers.rollbacks import SPLIT, in_flight, published, restore, restored, routes
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

ELSEWHERE = replace(TARGET, account="555555555555")


@pytest.fixture
def interrupted(ledger: Any, workloads: Workloads) -> None:
    """A rollback has taken the lease from a deployment that had given version 8 some traffic, and died."""
    record_live(live(7, 6))
    in_flight(workloads, 8)
    restore()


@pytest.fixture
def two_targets(ledger: Any, workloads: Workloads) -> None:
    """A rollback from version 8, which was live on both, and died when it had moved both."""
    for target in (TARGET, ELSEWHERE):
        published(workloads, 8, target)
        routes(workloads, 8, target)
    record_live(live(8, 7), live(8, 7, target=ELSEWHERE))
    restore()


def recorded(target: Target = TARGET) -> Live:
    found = Ledger.from_env().live_on("cowsay", "prod", target)
    assert found
    return found


def quarantined() -> Quarantine | None:
    return Quarantines.from_env().get("cowsay", digest_of(8))


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("event", [ended(ROLLBACK), SCHEDULED, {"target": TARGET.id}])
@pytest.mark.parametrize(
    "routing", [SPLIT, Routing("7")], ids=["before it moved the alias", "after it moved the alias"]
)
def test_it_is_carried_to_its_end(workloads: Workloads, routing: Routing, event: dict[str, Any]) -> None:
    routes(workloads, routing)
    assert repair(event) == [TARGET.id]
    assert alias_of(workloads) == Routing("7")
    assert held() == Lease(TARGET, FENCE + 2)
    assert recorded() == live(7, 6)
    assert quarantined() == Quarantine("cowsay", digest_of(8), ENDED_AT, "rolled back by hand in prod", ROLLBACK)


@pytest.mark.usefixtures("interrupted")
def test_the_deployment_that_it_interrupted_is_stopped_and_nobody_is_told_of_that_again(
    workloads: Workloads, told: Told
) -> None:
    repair(ended(ROLLBACK))
    assert workloads.executions.stopped == [(DEPLOYMENT, "RolledBackManually", f"{ROLLBACK} rolled {TARGET.id} back")]
    workloads.executions.ends[DEPLOYMENT] = Ended(DEPLOYMENT, "ABORTED", ENDED_AT, {}, "RolledBackManually")
    assert repair(ended(DEPLOYMENT)) == []
    assert [subject for subject, _ in told()] == ["cowsay in prod: rollback stopped"]


@pytest.mark.usefixtures("interrupted")
def test_the_history_tells_of_the_rollback_and_that_it_was_repaired() -> None:
    repair()
    (entry,) = history()
    assert (entry.kind, entry.at, entry.execution) == ("rolled_back", ENDED_AT, ROLLBACK)
    facts = restored(7, leave=8, left=None, before=str(SPLIT))["restore_point"]
    del facts["interrupted"], facts["left"]["version"]
    why = {"error": "ABORTED", "reason": "no cause was given", "repaired": True}
    assert entry.facts == facts | why | {"target_id": TARGET.id}


@pytest.mark.usefixtures("interrupted")
def test_it_is_announced_as_the_rollback_that_it_is(announced: Said) -> None:
    repair()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Deployment Rolled Back"
    detail = event["detail"]
    assert (detail["execution"], detail["version"], detail["alias"]) == (ROLLBACK, "7", "restored")
    assert (detail["image_digest"], detail["tag"]) == (digest_of(8), None), "the digest that was left"


@pytest.mark.usefixtures("two_targets")
def test_all_its_targets_are_live_with_the_version_before_and_it_is_told_once(told: Told) -> None:
    assert repair(ended(ROLLBACK)) == [TARGET.id, ELSEWHERE.id]
    for target in (TARGET, ELSEWHERE):
        assert (recorded(target).current.version, recorded(target).lineage) == ("7", ())
        assert held(target).holder is None
    ((_, message),) = told()
    assert [f"{target.id} routes to version 7, as before" in message for target in (TARGET, ELSEWHERE)] == [True] * 2


@pytest.mark.usefixtures("two_targets")
def test_a_target_that_cannot_be_reached_is_carried_to_its_end_by_a_later_run(workloads: Workloads) -> None:
    workloads.accounts.closed.add(ELSEWHERE.account)
    with pytest.raises(RepairIncompleteError, match=f"{ELSEWHERE.id}: TargetAccessError"):
        repair(ended(ROLLBACK))
    assert (recorded().current.version, recorded(ELSEWHERE).current.version) == ("7", "8")
    workloads.accounts.closed.clear()
    assert repair() == [ELSEWHERE.id]
    assert recorded(ELSEWHERE).current.version == "7"


@pytest.mark.usefixtures("two_targets")
def test_a_target_that_it_has_recorded_itself_is_left_alone(workloads: Workloads) -> None:
    record_lease(Lease(TARGET, 1))
    routes(workloads, 8)
    assert repair(ended(ROLLBACK)) == [ELSEWHERE.id]
    assert alias_of(workloads) == Routing("8")
