"""A push is recorded under its execution's name, and then started: once, whatever is delivered or dies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers.event_rules import start_promotion
from gantry.promotion.promotion_start import PromotionStart
from gantry.promotion.timestamps import iso
from gantry.use_cases.services import Services
from gantry.use_cases.start_promotion import StartConflictError
from tests.unit.handlers.payloads import DIGEST, STATES, Said, invoke
from tests.unit.handlers.pushes import push
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "workloads")

NAME = "push-13cde686-328b-6117-af20-0e5566167482"
EXECUTION = f"{STATES}:gantry-promotion:{NAME}"
INPUT = {"repository": "cowsay", "tag": "4f0c2d1", "digest": DIGEST}
RECORD = PromotionStart(NAME, "", "cowsay", "4f0c2d1", DIGEST)
"""Without the moment, which is the machine's own."""


def start(event: dict[str, Any] | None = None) -> Any:
    return invoke(start_promotion.handler, event or push())


def record(services: Services) -> PromotionStart | None:
    found = services.promotion_starts.get(NAME, iso(datetime.now(UTC)))
    return replace(found, at="") if found else None


def test_a_push_starts_an_execution_whose_record_says_that_it_was_one(workloads: Workloads, services: Services) -> None:
    assert start() == {"execution": EXECUTION}
    assert workloads.executions.started == {EXECUTION: INPUT}
    assert record(services) == RECORD


def test_a_second_delivery_of_the_event_starts_nothing_while_the_first_runs_or_afterwards(
    workloads: Workloads, items: Said
) -> None:
    first, kept = start(), items()
    assert start() == first
    workloads.executions.running.clear()
    assert start() == first
    assert items() == kept
    assert list(workloads.executions.started) == [EXECUTION]


def test_the_record_comes_before_the_execution_and_the_next_try_goes_on(
    workloads: Workloads, services: Services
) -> None:
    seen: list[PromotionStart | None] = []

    class Down:
        def start_once(self, *_: Any) -> bool:
            seen.append(record(services))
            raise InterruptedError

    vars(services)["executions"] = Down()
    with pytest.raises(InterruptedError):
        start()
    vars(services)["executions"] = workloads.executions
    assert seen == [RECORD]
    assert start() == {"execution": EXECUTION}
    assert workloads.executions.started == {EXECUTION: INPUT}


def test_an_execution_that_somebody_else_has_started_under_the_name_is_not_taken_for_the_pushs(
    workloads: Workloads,
) -> None:
    workloads.executions.started[EXECUTION] = {"repository": "other"}
    with pytest.raises(StartConflictError):
        start()


def test_a_record_is_deleted_by_itself_in_time_whenever_the_push_was(items: Said, services: Services) -> None:
    """Somebody may replay an old event from an archive. It stays a push, which somebody handled long ago."""
    start(push() | {"time": "2020-01-01T00:00:00Z"})
    (kept,) = items()
    assert kept["pk"] == f"start#{NAME}"
    in_28_days = datetime.now(UTC) + timedelta(days=28)
    assert 0 <= in_28_days.timestamp() - int(kept["expires_at"]) < 60
    assert record(services) == RECORD
