"""StopWave finds a promotion's deployments by their leases, and what goes back with it by what is live."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from gantry.handlers.promotion_machine import stop_wave
from gantry.promotion.lease import Lease
from gantry.promotion.release import Release
from tests.unit.handlers.payloads import DEPLOYMENT, OTHER_TARGET, PROMOTION, TARGET, invoke, payload
from tests.unit.handlers.records import contender, lease, live, record_lease, record_live, release_of
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

STARTED_AT = "2026-11-22T08:30:00.000Z"
BEFORE, AFTER = "2026-11-22T08:29:59.999Z", "2026-11-22T08:40:00.000Z"
ANOTHER = f"{DEPLOYMENT}-another"
NEW = release_of(8)


def failed(error: str = "DeploymentRolledBack", cause: str = "it was unhealthy") -> dict[str, Any]:
    """As Step Functions gives the error of a child execution."""
    child = {"ExecutionArn": ANOTHER, "Status": "FAILED", "Error": error, "Cause": cause}
    return {"Error": "States.TaskFailed", "Cause": json.dumps(child)}


def stop(on_failure: str = "roll_back_environment", **own: str) -> Any:
    targets = [asdict(TARGET), asdict(OTHER_TARGET)]
    given: dict[str, Any] = {"environment": "prod", "targets": targets, "started_at": STARTED_AT}
    given |= {"execution": PROMOTION, "release": asdict(NEW), "on_failure": on_failure, "failed": failed(**own)}
    return invoke(stop_wave.handler, payload("StopWave", **given))


def deploys(release: Release = NEW, **changed: Any) -> Lease:
    return replace(lease(), holder=contender(release=release, **changed))


def test_the_failed_deployments_own_error_is_returned(workloads: Workloads) -> None:
    assert stop() == {
        "error": "DeploymentRolledBack",
        "message": "it was unhealthy",
        "stopped": [],
        "roll_back": [],
    }


def test_a_deployment_that_still_holds_its_lease_is_stopped_with_the_reason(workloads: Workloads) -> None:
    workloads.executions.running.add(DEPLOYMENT)
    record_lease(deploys())
    assert stop("stop")["stopped"] == [DEPLOYMENT]
    (execution, error, cause) = workloads.executions.stopped[0]
    assert (execution, error) == (DEPLOYMENT, "WaveFailed")
    assert cause.endswith("another deployment of it has failed: DeploymentRolledBack: it was unhealthy")


def test_one_that_waits_for_its_turn_is_stopped_too(workloads: Workloads) -> None:
    workloads.executions.running |= {DEPLOYMENT, ANOTHER}
    waiting = contender(ANOTHER, NEW, task_token="a token")
    record_lease(replace(deploys(release_of(7)), waiting=(waiting,)))
    assert stop("stop")["stopped"] == [ANOTHER]
    assert workloads.executions.running == {DEPLOYMENT}


@pytest.mark.parametrize(
    "other",
    [
        deploys(release_of(9)),
        deploys(started_at="2026-11-22T08:31:00.000Z"),
        replace(lease(), holder=contender(release=None)),
        Lease(TARGET),
    ],
    ids=["another release", "another promotion of the release", "a rollback", "nobody"],
)
def test_what_others_do_goes_on(workloads: Workloads, other: Lease) -> None:
    workloads.executions.running.add(DEPLOYMENT)
    record_lease(other)
    assert stop()["stopped"] == []
    assert workloads.executions.stopped == []


def test_what_the_promotion_made_live_goes_back_and_what_is_on_its_way_too(workloads: Workloads) -> None:
    record_live(live(8, 7, since=AFTER), live(7, 6, target=OTHER_TARGET))
    record_lease(replace(deploys(), target=OTHER_TARGET))
    assert stop()["roll_back"] == [OTHER_TARGET.id, TARGET.id]


def test_what_ran_the_release_before_the_promotion_keeps_it(workloads: Workloads) -> None:
    record_live(live(8, 7, since=BEFORE), live(7, 6, since=AFTER, target=OTHER_TARGET))
    assert stop()["roll_back"] == []


def test_a_first_deployment_on_its_way_has_nothing_to_go_back_to(workloads: Workloads) -> None:
    record_lease(deploys())
    assert stop()["roll_back"] == []


def test_nothing_goes_back_where_the_manifest_does_not_say_so(workloads: Workloads) -> None:
    record_live(live(8, 7, since=AFTER))
    assert stop("stop")["roll_back"] == []


@pytest.mark.parametrize(
    "error", ["ApprovalOutdated", "DeploymentSuperseded", "RolledBackManually", "EnvironmentRolledBack"]
)
def test_nothing_goes_back_where_people_are_asked_again_or_at_it_or_a_newer_release_comes(
    workloads: Workloads, error: str
) -> None:
    record_live(live(8, 7, since=AFTER))
    found = stop(error=error)
    assert (found["error"], found["roll_back"]) == (error, [])


def test_nothing_goes_back_where_a_deployment_noticed_that_somebody_rolls_it_back(workloads: Workloads) -> None:
    record_live(live(8, 7, since=AFTER))
    assert stop(error="DeploymentFailed", cause="LeaseLostError: an execution has it")["roll_back"] == []
