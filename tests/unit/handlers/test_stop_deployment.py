from typing import Any

import pytest

from aws.leases import Leases
from handlers import stop_deployment
from tests.unit.handlers.payloads import (
    DEPLOYMENT,
    OTHER_TARGET,
    ROLLBACK,
    TARGET,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

ANOTHER = f"{DEPLOYMENT}-another"
LEASE = {
    "target_id": TARGET.id,
    "owner": DEPLOYMENT,
    "environment": "prod",
    "release": release_input(),
    "acquired_at": "2026-11-22T09:00:00.000Z",
}


def stop(*target_ids: str) -> Any:
    restored = [{"target_id": each, "version": "7", "before": "8"} for each in target_ids]
    request = {"service": "cowsay", "environment": "prod"}
    return invoke(
        stop_deployment.handler, payload("StopDeployment", request=request, restored=restored, execution=ROLLBACK)
    )


def test_the_deployment_of_a_restored_target_is_stopped(workloads: Workloads) -> None:
    record_lease(lease())
    workloads.executions.running.add(DEPLOYMENT)
    assert stop(TARGET.id) == {"stopped": [LEASE]}
    assert workloads.executions.stopped == [(DEPLOYMENT, "RolledBackByHand", f"{ROLLBACK} rolled prod back")]


def test_a_retry_stops_nothing_more_and_answers_the_same(workloads: Workloads) -> None:
    record_lease(lease())
    workloads.executions.running.add(DEPLOYMENT)
    assert stop(TARGET.id) == stop(TARGET.id) == {"stopped": [LEASE]}
    assert len(workloads.executions.stopped) == 1


def test_a_deployment_that_is_over_and_kept_its_lease_is_answered_so_that_it_loses_it(workloads: Workloads) -> None:
    record_lease(lease())
    assert stop(TARGET.id) == {"stopped": [LEASE]}
    assert workloads.executions.stopped == []


def test_deployments_of_targets_that_were_not_restored_go_on(workloads: Workloads) -> None:
    record_lease(lease(owner=ANOTHER, target=OTHER_TARGET))
    workloads.executions.running.add(ANOTHER)
    assert stop(TARGET.id) == {"stopped": []}
    assert workloads.executions.running == {ANOTHER}


def test_the_deployments_of_all_restored_targets_are_stopped(workloads: Workloads) -> None:
    record_lease(lease())
    record_lease(lease(owner=ANOTHER, target=OTHER_TARGET))
    workloads.executions.running |= {DEPLOYMENT, ANOTHER}
    assert [each["owner"] for each in stop(TARGET.id, OTHER_TARGET.id)["stopped"]] == [DEPLOYMENT, ANOTHER]
    assert workloads.executions.running == set()


@pytest.mark.usefixtures("workloads")
def test_the_lease_itself_ends_when_the_rollback_is_recorded() -> None:
    record_lease(lease())
    stop(TARGET.id)
    assert Leases.from_env().held(TARGET.id) == lease()
