"""RepairTarget and those who wait for a lease."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws.leases import Leases
from gantry.promotion.lease import Contender
from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, FENCE, OTHER_TARGET, TARGET, Said
from tests.unit.handlers.records import contender, held, lease, live, record_lease, record_live
from tests.unit.handlers.repairs import BEFORE_EIGHT, EIGHT, alias_of, deployment_of_eight, ended, repair
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


def dead_with(workloads: Workloads, *line: Contender, **changed: Any) -> None:
    """Version 8 has some traffic; the deployment that gave it is over, and others wait for its lease."""
    record_live(live(7, 6))
    deployment_of_eight(workloads)
    record_lease(lease(release=EIGHT, restore_point=BEFORE_EIGHT, waiting=line, **changed))


def error_of(workloads: Workloads, token: str) -> str:
    return str(workloads.executions.answers[token][0])


def test_the_newest_gets_the_lease_once_the_alias_is_home_and_the_older_ones_are_superseded(
    workloads: Workloads,
) -> None:
    dead_with(workloads, NEWEST, OLDER)
    repair({"target": TARGET.id})
    assert alias_of(workloads) == Routing("7")
    assert (held().holder, held().waiting, held().called) == (HELD, (), ())
    assert workloads.executions.answers["newest"] == {"fence": FENCE + 2}
    assert error_of(workloads, "older") == "DeploymentSupersededError"


@pytest.mark.parametrize("holder_runs", [True, False])
def test_who_died_waiting_is_dropped(workloads: Workloads, *, holder_runs: bool) -> None:
    dead_with(workloads, NEWEST, OLDER)
    workloads.executions.running.remove(NEWEST.owner)
    if holder_runs:
        workloads.executions.running.add(DEPLOYMENT)
    repair(ended(NEWEST.owner))
    assert held().waiting == ((OLDER,) if holder_runs else ())
    assert held().is_held_by(*((DEPLOYMENT, FENCE) if holder_runs else (OLDER.owner, FENCE + 2)))


@pytest.mark.usefixtures("waiting")
def test_who_has_the_lease_and_was_not_told_is_told(workloads: Workloads) -> None:
    record_lease(replace(lease(), holder=HELD, fence=FENCE + 1, called=(NEWEST, OLDER)))
    assert repair() == []
    assert workloads.executions.answers["newest"] == FENCED
    assert error_of(workloads, "older") == "DeploymentSupersededError"
    assert (held().holder, held().called) == (HELD, ())


def test_who_died_before_being_told_that_it_has_the_lease_loses_it_to_the_next(workloads: Workloads) -> None:
    record_live(live(7, 6))
    deployment_of_eight(workloads, Routing("7"))
    workloads.executions.running.remove(NEWEST.owner)
    record_lease(replace(lease(), holder=HELD, fence=FENCE + 1, called=(NEWEST,), waiting=(OLDER,)))
    assert repair() == [TARGET.id]
    assert held().is_held_by(OLDER.owner, FENCE + 3)
    assert workloads.executions.answers == {"older": {"fence": FENCE + 3}}


def test_a_lease_that_is_free_or_held_by_somebody_alive_stays_as_it_is(workloads: Workloads, items: Said) -> None:
    record_lease(replace(lease(), holder=HELD, waiting=(OLDER,)))
    record_lease(lease(target=OTHER_TARGET))
    Leases.from_env().change(OTHER_TARGET, lambda now: now.ended(DEPLOYMENT))
    before = items()
    assert repair() == []
    assert items() == before
    assert workloads.executions.answers == {}
