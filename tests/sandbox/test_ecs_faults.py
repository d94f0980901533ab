"""What tests let ECS do otherwise than it says."""

import urllib.error
from typing import Any

import pytest

from sandbox.stand_in.ecs_faults import EcsFaults
from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import ACCOUNT, CLUSTER, FENCE, LAST, STEP, Service, a_service, an_ecs, pause, weight

LINEAR = {"stepPercent": 50.0, "stepBakeTimeInMinutes": 0}
PAUSES = [pause(STEP), pause(LAST)]


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


@pytest.fixture(scope="module")
def faults(aws: StandIn) -> EcsFaults:
    return EcsFaults(aws, ACCOUNT)


def named(service: Service) -> str:
    return f"{CLUSTER}/{service.name}"


def test_pauses_are_ignored_until_ecs_behaves_again(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    faults.ignore_pauses(named(service))
    service.deploy("LINEAR", PAUSES, linearConfiguration=LINEAR)
    assert service.ended()["status"] == "SUCCESSFUL"

    faults.behave(named(service))
    service.update(forceNewDeployment=True)
    assert weight(service.paused()) == 0.0


def test_only_the_first_step_pauses(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    faults.pause_once(named(service))
    service.deploy("LINEAR", PAUSES, linearConfiguration=LINEAR)

    assert [weight(service.answer()) for _ in range(2)] == [0.0, 100.0]
    assert service.ended()["status"] == "SUCCESSFUL"


def test_tasks_never_start(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    faults.never_start(named(service))

    service.deploy(deploymentCircuitBreaker={"enable": True, "rollback": True})

    assert service.ended()["status"] == "ROLLBACK_SUCCESSFUL"


def test_traffic_moves_slowly(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    faults.shift_slowly(named(service), 60, back=60)

    service.deploy(hooks=[pause(STEP)])
    service.answer()

    found = service.when(lambda found: found["lifecycleStage"] == "PRODUCTION_TRAFFIC_SHIFT")
    assert weight(found) == 0.0
    ecs.stop_service_deployment(serviceDeploymentArn=found["serviceDeploymentArn"])
    assert service.when(lambda found: found["status"] == "ROLLBACK_IN_PROGRESS")


def test_a_rollback_fails(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    faults.fail_to_go_back(named(service))
    service.deploy("LINEAR", PAUSES, linearConfiguration=LINEAR)
    service.answer()
    service.when(lambda found: weight(found) == 50.0)

    service.answer("ROLLBACK")

    ended = service.ended()
    assert (ended["status"], weight(ended)) == ("ROLLBACK_FAILED", 50.0)


def test_a_pause_expires_at_once(ecs: Any, faults: EcsFaults) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(FENCE, minutes=20_160)])
    service.paused()

    assert faults.expire(named(service)) == 1

    assert service.ended()["status"] == "ROLLBACK_SUCCESSFUL"
    assert faults.expire(named(service)) == 0


def test_a_service_that_is_not_there_has_no_faults(faults: EcsFaults) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        faults.never_start(f"{CLUSTER}/nothing")
