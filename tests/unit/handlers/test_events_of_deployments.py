"""The same event has the same keys, whether RecordFailure, RecordRollback or RepairTarget publishes it."""

from typing import Any

import pytest

from gantry.handlers.deployment_machine import record_failure
from gantry.handlers.rollback_machine import record_rollback
from tests.unit.handlers.payloads import ROLLBACK, TARGET, Said, invoke, payload
from tests.unit.handlers.records import lease, live, record_lease, record_live
from tests.unit.handlers.repairs import deployment_of_eight, repair
from tests.unit.handlers.rollbacks import in_flight, restore
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "told")

FAILED, ROLLED_BACK = "Promotion Deployment Failed", "Promotion Deployment Rolled Back"
KEYS = {
    *("service", "environment", "target", "digest", "tag", "source"),
    *("revision", "traffic", "error", "reason", "execution"),
}


@pytest.fixture(autouse=True)
def seven_is_live(ledger: Any) -> None:
    record_live(live(7, 6))


def a_deployment_fails(traffic: str) -> None:
    record_lease(lease())
    failure = {"Error": "AlarmRaisedError", "Cause": "3 errors", "traffic": traffic}
    invoke(record_failure.handler, payload("RecordFailure", failure=failure))


def a_rollback_is_recorded(workloads: Workloads) -> None:
    in_flight(workloads, 8)
    workloads.executions.running.add(ROLLBACK)
    given = restore() | {"request": {"service": "cowsay", "environment": "prod"}, "stopped": []}
    invoke(record_rollback.handler, payload("RecordRollback", execution=ROLLBACK, **given))


def a_deployment_is_repaired(workloads: Workloads) -> None:
    deployment_of_eight(workloads)
    repair()


def a_rollback_is_repaired(workloads: Workloads) -> None:
    in_flight(workloads, 8)
    workloads.executions.running.discard(ROLLBACK)
    restore(version="7")
    repair()


def test_an_event_has_the_same_keys_and_resources_wherever_it_is_published(
    workloads: Workloads, announced: Said
) -> None:
    published = []
    happenings: list[tuple[Any, str]] = [
        (lambda: a_deployment_fails("untouched"), FAILED),
        (lambda: a_deployment_is_repaired(workloads), FAILED),
        (lambda: a_deployment_fails("restored"), ROLLED_BACK),
        (lambda: a_rollback_is_recorded(workloads), ROLLED_BACK),
        (lambda: a_rollback_is_repaired(workloads), ROLLED_BACK),
    ]
    for happen, detail_type in happenings:
        happen()
        (event,) = announced()
        assert event["detail-type"] == detail_type
        published.append(event)
    assert [event["detail"].keys() for event in published] == [KEYS] * len(published)
    assert {event["detail"]["target"] for event in published} == {TARGET.id}
    assert [event["resources"] for event in published] == [[TARGET.arn]] * len(published)
