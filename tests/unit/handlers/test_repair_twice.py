"""RepairTarget may run at any time, twice, and beside itself."""

from typing import Any

import pytest

from gantry.handlers import entry
from gantry.promotion.lease import Lease
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, TARGET, Said, Told
from tests.unit.handlers.records import held, history, live, record_live
from tests.unit.handlers.repairs import SCHEDULED, deployment_of_eight, ended, repair, routing_of
from tests.unit.handlers.rollbacks import SPLIT, when_a_digest_is_looked_up
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")


@pytest.fixture(autouse=True)
def seven_is_live(ledger: Any) -> None:
    record_live(live(7, 6))


def fence_it() -> Lease:
    """As another run does, before it does anything else."""
    return entry.services().leases.change(TARGET, lambda now: now.fenced(DEPLOYMENT))


@pytest.mark.parametrize(
    "routing", [SPLIT, Routing("7")], ids=["before it moved the traffic", "after it moved the traffic"]
)
def test_the_next_run_finishes_one_that_crashed_between_fencing_and_recording(
    workloads: Workloads, routing: Routing
) -> None:
    deployment_of_eight(workloads, routing)
    fence_it()
    assert repair() == [TARGET.id]
    assert routing_of(workloads) == Routing("7")
    assert held() == Lease(TARGET, FENCE + 2)


def test_a_second_run_changes_nothing_more_and_notifies_nobody_again(
    workloads: Workloads, items: Said, told: Told, announced: Said
) -> None:
    deployment_of_eight(workloads)
    repair()
    after = items()
    assert repair(ended(DEPLOYMENT)) == repair() == []
    assert items() == after
    assert workloads.alias(TARGET).written == [Routing("7")]
    assert (len(told()), len(announced())) == (1, 1)


def test_a_run_that_another_one_overtakes_notifies_nobody_again(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    deployment_of_eight(workloads)
    when_a_digest_is_looked_up(workloads, monkeypatch, repair)
    repair(ended(DEPLOYMENT))
    assert (routing_of(workloads), held()) == (Routing("7"), Lease(TARGET, FENCE + 2))
    assert (len(history()), len(told()), len(announced())) == (1, 1, 1)


@pytest.mark.parametrize("event", [ended(DEPLOYMENT), SCHEDULED])
def test_a_run_that_is_fenced_off_before_it_moves_the_traffic_leaves_everything_to_the_next_one(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said, event: dict[str, Any]
) -> None:
    deployment_of_eight(workloads)
    alias = workloads.alias(TARGET)
    real = alias.routing

    def while_another_run_begins() -> tuple[Routing, str] | None:
        monkeypatch.setattr(alias, "routing", real)
        fence_it()
        return real()

    monkeypatch.setattr(alias, "routing", while_another_run_begins)
    assert repair(event) == []
    assert held().is_held_by(DEPLOYMENT, FENCE + 2)
    assert (alias.written, history(), told(), announced()) == ([], [], [], [])
    assert repair() == [TARGET.id]
    assert (len(told()), len(announced())) == (1, 1)


@pytest.mark.parametrize("event", [ended(DEPLOYMENT), SCHEDULED])
def test_a_run_that_is_fenced_off_afterwards_has_notified_and_leaves_only_recording_to_the_next_one(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said, event: dict[str, Any]
) -> None:
    deployment_of_eight(workloads)
    when_a_digest_is_looked_up(workloads, monkeypatch, fence_it)
    assert repair(event) == []
    assert held().is_held_by(DEPLOYMENT, FENCE + 2)
    assert (history(), len(told()), len(announced())) == ([], 1, 1)
    assert repair() == [TARGET.id]
    assert (len(history()), len(told()), announced()) == (1, 1, [])
