"""RestoreVersion for a promotion that takes its own release off an environment: nothing else goes back."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.traffic import Routing
from tests.unit.handlers.payloads import DEPLOYMENT, OTHER_TARGET, PROMOTION, ROLLBACK, TARGET
from tests.unit.handlers.records import contender, held, lease, live, record_lease, record_live, release_of
from tests.unit.handlers.rollbacks import in_flight, promotion_to_roll_back, published, restore, routes
from tests.unit.handlers.workloads import Workloads

NEWER = f"{DEPLOYMENT}-newer"


@pytest.fixture(autouse=True)
def running(ledger: Any, workloads: Workloads) -> None:
    """The rollback runs."""
    workloads.executions.running.add(ROLLBACK)


def roll_back() -> dict[str, str]:
    """What each target that goes back is restored to."""
    found = restore(promotion=promotion_to_roll_back(8))
    assert found["problems"] == []
    return {each["target_id"]: each["restore_point"]["revision"] for each in found["restored"]}


def test_what_has_the_release_goes_back_whether_it_is_live_or_on_its_way(workloads: Workloads) -> None:
    record_live(live(8, 7, 6), live(7, 6, target=OTHER_TARGET))
    routes(workloads, 8)
    in_flight(workloads, 8, OTHER_TARGET)
    assert roll_back() == {TARGET.id: "7", OTHER_TARGET.id: "7"}
    assert workloads.alias(OTHER_TARGET).current == Routing("7")


def test_a_target_that_the_repair_has_brought_back_goes_no_further(workloads: Workloads) -> None:
    record_live(live(7, 6))
    published(workloads, 8)
    routes(workloads, 7)
    assert roll_back() == {}
    assert workloads.alias(TARGET).written == []


def test_a_newer_release_that_is_on_its_way_is_neither_stopped_nor_overwritten(workloads: Workloads) -> None:
    record_live(live(8, 7, 6), live(8, 7, target=OTHER_TARGET))
    published(workloads, 9)
    routes(workloads, Routing("8", {"9": 10}))
    routes(workloads, 8, OTHER_TARGET)
    record_lease(replace(lease(), holder=contender(NEWER, release_of(9))))
    workloads.executions.running.add(NEWER)
    assert roll_back() == {OTHER_TARGET.id: "7"}
    holder = held().holder
    assert holder
    assert holder.owner == NEWER
    assert workloads.alias(TARGET).written == []


def test_a_second_try_finds_what_the_first_has_begun(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    assert roll_back() == roll_back() == {TARGET.id: "7"}


def test_it_says_for_which_promotion_it_is(workloads: Workloads) -> None:
    record_live(live(8, 7))
    routes(workloads, 8)
    roll_back()
    point = held().restore_point
    assert point
    assert (point.promotion, point.error) == (PROMOTION, "EnvironmentRolledBack")
