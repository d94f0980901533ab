"""RepairTarget and the deployments that wait for a lease."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.promotion.lease import Contender
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, OTHER_TARGET, TARGET, Said
from tests.unit.handlers.records import contender, held, lease, live, record_lease, record_live
from tests.unit.handlers.repairs import BEFORE_EIGHT, EIGHT, deployment_of_eight, ended, repair, routing_of
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

OLDER = contender(f"{DEPLOYMENT}-older", started_at="2026-11-22T08:31:00.000Z", task_token="older")
NEWEST = contender(f"{DEPLOYMENT}-newest", started_at="2026-11-22T08:32:00.000Z", task_token="newest")
HELD = replace(NEWEST, task_token=None)
FENCED = {"fence": FENCE + 1}


@pytest.fixture(autouse=True)
def waiting(ledger: Any, workloads: Workloads) -> None:
    """Two deployments wait."""
    workloads.executions.waiting |= {"older", "newest"}
    workloads.executions.running |= {OLDER.owner, NEWEST.owner}


def ended_with(workloads: Workloads, *line: Contender, **changed: Any) -> None:
    """Revision 8 has some traffic; the deployment that gave it has ended, and others wait for its lease."""
    record_live(live(7, 6))
    deployment_of_eight(workloads)
    record_lease(lease(release=EIGHT, restore_point=BEFORE_EIGHT, waiting=line, **changed))


def error_of(workloads: Workloads, token: str) -> str:
    return str(workloads.executions.answers[token][0])


def test_the_newest_gets_the_lease_once_the_traffic_is_restored_and_the_older_ones_are_superseded(
    workloads: Workloads,
) -> None:
    ended_with(workloads, NEWEST, OLDER)
    repair({"target": TARGET.id})
    assert routing_of(workloads) == Routing("7")
    assert (held().holder, held().waiting, held().to_notify) == (HELD, (), ())
    assert workloads.executions.answers["newest"] == {"fence": FENCE + 2}
    assert error_of(workloads, "older") == "DeploymentSupersededError"


@pytest.mark.parametrize("holder_runs", [True, False])
def test_a_deployment_that_ended_while_it_waited_is_dropped(workloads: Workloads, *, holder_runs: bool) -> None:
    ended_with(workloads, NEWEST, OLDER)
    workloads.executions.running.remove(NEWEST.owner)
    if holder_runs:
        workloads.executions.running.add(DEPLOYMENT)
    repair(ended(NEWEST.owner))
    assert held().waiting == ((OLDER,) if holder_runs else ())
    assert held().is_held_by(*((DEPLOYMENT, FENCE) if holder_runs else (OLDER.owner, FENCE + 2)))


@pytest.mark.usefixtures("waiting")
def test_a_holder_that_was_not_notified_of_its_turn_is_notified(workloads: Workloads) -> None:
    record_lease(replace(lease(), holder=HELD, fence=FENCE + 1, to_notify=(NEWEST, OLDER)))
    assert repair() == []
    assert workloads.executions.answers["newest"] == FENCED
    assert error_of(workloads, "older") == "DeploymentSupersededError"
    assert (held().holder, held().to_notify) == (HELD, ())


def test_a_holder_that_ended_before_it_was_notified_loses_the_lease_to_the_next(workloads: Workloads) -> None:
    record_live(live(7, 6))
    deployment_of_eight(workloads, Routing("7"))
    workloads.executions.running.remove(NEWEST.owner)
    record_lease(replace(lease(), holder=HELD, fence=FENCE + 1, to_notify=(NEWEST,), waiting=(OLDER,)))
    assert repair() == [TARGET.id]
    assert held().is_held_by(OLDER.owner, FENCE + 3)
    assert workloads.executions.answers == {"older": {"fence": FENCE + 3}}


def test_a_lease_that_is_free_or_whose_holder_runs_stays_as_it_is(workloads: Workloads, items: Said) -> None:
    record_lease(replace(lease(), holder=HELD, waiting=(OLDER,)))
    record_lease(lease(target=OTHER_TARGET))
    entry.services().leases.change(OTHER_TARGET, lambda now: now.ended(DEPLOYMENT))
    before = items()
    assert repair() == []
    assert items() == before
    assert workloads.executions.answers == {}
