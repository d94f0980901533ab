"""StopDeployment has no ledger: what RestoreVersion returned says which executions to stop."""

from typing import Any

from gantry.handlers.rollback_machine import stop_deployment
from tests.unit.handlers.payloads import DEPLOYMENT, OTHER_TARGET, PROMOTION, ROLLBACK, TARGET, invoke, payload
from tests.unit.handlers.rollbacks import restored
from tests.unit.handlers.workloads import Workloads

ANOTHER = f"{DEPLOYMENT}-another"
INTERRUPTED = restored(7, leave=8, was_live=False, interrupted=DEPLOYMENT)


def stop(*there: dict[str, Any]) -> Any:
    request = {"service": "cowsay", "environment": "prod"}
    return invoke(
        stop_deployment.handler, payload("StopDeployment", request=request, restored=list(there), execution=ROLLBACK)
    )


def test_the_deployment_that_held_the_lease_is_stopped(workloads: Workloads) -> None:
    workloads.executions.running.add(DEPLOYMENT)
    assert stop(INTERRUPTED) == {"stopped": [DEPLOYMENT]}
    assert workloads.executions.stopped == [(DEPLOYMENT, "RolledBackManually", f"{ROLLBACK} rolled {TARGET.id} back")]


def test_a_retry_stops_nothing_more_and_returns_the_same(workloads: Workloads) -> None:
    workloads.executions.running.add(DEPLOYMENT)
    assert stop(INTERRUPTED) == stop(INTERRUPTED) == {"stopped": [DEPLOYMENT]}
    assert len(workloads.executions.stopped) == 1


def test_a_deployment_that_has_ended_already_is_returned_all_the_same(workloads: Workloads) -> None:
    assert stop(INTERRUPTED) == {"stopped": [DEPLOYMENT]}
    assert workloads.executions.stopped == []


def test_only_what_was_interrupted_is_stopped(workloads: Workloads) -> None:
    workloads.executions.running |= {DEPLOYMENT, ANOTHER}
    assert stop(restored(7, leave=8, was_live=True)) == {"stopped": []}
    assert workloads.executions.running == {DEPLOYMENT, ANOTHER}


def test_the_deployments_of_all_restored_targets_are_stopped(workloads: Workloads) -> None:
    workloads.executions.running |= {DEPLOYMENT, ANOTHER}
    there = restored(7, leave=8, was_live=False, target=OTHER_TARGET, interrupted=ANOTHER)
    assert stop(INTERRUPTED, there) == {"stopped": [DEPLOYMENT, ANOTHER]}
    assert workloads.executions.running == set()


def test_a_deployment_that_its_promotions_rollback_interrupts_ends_with_that_error(workloads: Workloads) -> None:
    workloads.executions.running.add(DEPLOYMENT)
    stop(restored(7, leave=8, was_live=False, interrupted=DEPLOYMENT, promotion=PROMOTION))
    assert [error for _, error, _ in workloads.executions.stopped] == ["EnvironmentRolledBack"]
