"""Service deployments of ECS that go back, stop, or are stopped.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import (
    ACCOUNT,
    CLUSTER,
    FENCE,
    LAST,
    STEP,
    Service,
    a_service,
    an_ecs,
    pause,
    refusal,
    register,
    waiting,
    weight,
)
from tests.sandbox.given import Json, new_name

HALF = {"stepPercent": 50.0, "stepBakeTimeInMinutes": 0}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


def half_way(ecs: Any, **configuration: Any) -> Service:
    """A service half of whose traffic has a new revision."""
    service = a_service(ecs)
    service.deploy("LINEAR", [pause(STEP), pause(LAST)], linearConfiguration=HALF, **configuration)
    service.answer()
    service.when(lambda found: waiting(found) and weight(found) == 50.0)
    return service


def assert_back(service: Service, ended: Json) -> None:
    [source] = ended["sourceServiceRevisions"]
    assert (weight(ended), source["requestedProductionTrafficWeight"]) == (0.0, 100.0)
    assert (ended["targetServiceRevision"]["runningTaskCount"], source["runningTaskCount"]) == (0, 2)
    found = service.described()
    assert found["taskDefinition"].endswith(f"/{service.name}:1")
    assert [each["taskDefinition"][-2:] for each in found["deployments"]] == [":1"]


def test_a_deployment_is_stopped_in_the_middle(ecs: Any) -> None:
    service = half_way(ecs)
    arn = service.deployment()["serviceDeploymentArn"]

    ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    asked = service.deployment()
    assert asked["status"] in {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
    assert weight(asked) == 50.0
    ended = service.ended()
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert ended["rollback"]["serviceRevisionArn"] == ended["sourceServiceRevisions"][0]["arn"]
    assert_back(service, ended)


def test_a_deployment_is_stopped_before_it_has_begun(ecs: Any) -> None:
    service = a_service(ecs)
    arn = service.deploy()

    ecs.stop_service_deployment(serviceDeploymentArn=arn)

    assert service.ended()["status"] == "ROLLBACK_SUCCESSFUL"
    assert_back(service, service.deployment())


def test_stopping_twice_is_harmless_and_conflicts_once_it_has_ended(ecs: Any) -> None:
    service = half_way(ecs)
    arn = service.deployment()["serviceDeploymentArn"]
    for _ in range(2):
        ecs.stop_service_deployment(serviceDeploymentArn=arn)
    service.ended()

    with pytest.raises(ClientError) as caught:
        ecs.stop_service_deployment(serviceDeploymentArn=arn)

    assert refusal(caught.value)[0] == "ConflictException"


def test_a_deployment_that_goes_back_takes_no_answer(ecs: Any) -> None:
    service = half_way(ecs)
    found = service.deployment()
    ecs.stop_service_deployment(serviceDeploymentArn=found["serviceDeploymentArn"])

    with pytest.raises(ClientError) as caught:
        ecs.continue_service_deployment(
            serviceDeploymentArn=found["serviceDeploymentArn"], hookId=waiting(found)[0]["hookId"]
        )

    assert refusal(caught.value)[0] == "InvalidParameterException"


@pytest.mark.parametrize("stage", [FENCE, STEP, LAST])
def test_a_pause_is_answered_with_a_rollback(ecs: Any, stage: str) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(stage)])

    service.answer("ROLLBACK")

    assert service.ended()["status"] == "ROLLBACK_SUCCESSFUL"
    assert_back(service, service.deployment())


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_what_a_pause_does_that_nobody_answers_is_its_action(ecs: Any, action: str, status: str) -> None:
    service = a_service(ecs)
    service.deploy(hooks=[pause(FENCE, minutes=1, action=action)])

    [hook] = waiting(service.paused())

    assert hook["timeoutAction"] == action
    assert service.ended()["status"] == status


def an_alarm(aws: StandIn, state: str = "OK") -> str:
    name, cloudwatch = new_name("alarm"), aws.client("cloudwatch", ACCOUNT)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="test",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    set_state(aws, name, state)
    return name


def set_state(aws: StandIn, alarm: str, state: str) -> None:
    aws.client("cloudwatch", ACCOUNT).set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")


@pytest.mark.parametrize(("goes_back", "status"), [(True, "ROLLBACK_SUCCESSFUL"), (False, "STOPPED")])
def test_an_alarm_in_the_middle_ends_the_deployment(aws: StandIn, ecs: Any, goes_back: bool, status: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"""
    alarm = an_alarm(aws)
    service = half_way(ecs, alarms={"alarmNames": [alarm], "enable": True, "rollback": goes_back})
    assert service.deployment()["alarms"]["status"] == "MONITORING"

    set_state(aws, alarm, "ALARM")

    ended = service.ended()
    assert ended["status"] == status
    assert ended["alarms"] == {"status": "TRIGGERED", "alarmNames": [alarm], "triggeredAlarmNames": [alarm]}
    assert alarm in ended["statusReason"]


def test_an_alarm_that_was_there_before_is_ignored(aws: StandIn, ecs: Any) -> None:
    """https://github.com/aws/copilot-cli/issues/4512"""
    alarm = an_alarm(aws, "ALARM")
    service = a_service(ecs)

    service.deploy(alarms={"alarmNames": [alarm], "enable": True, "rollback": True})

    ended = service.ended()
    assert (ended["status"], ended["alarms"]["status"]) == ("SUCCESSFUL", "MONITORING_COMPLETE")


def gone(service: Service) -> str:
    """A task definition whose image is not in the registry."""
    image = f"{ASSETS}.dkr.ecr.us-east-1.amazonaws.com/nothing@sha256:{'0' * 64}"
    made = register(service.client, service.name, containerDefinitions=[{"name": "app", "image": image}])
    return f"{service.name}:{made['revision']}"


@pytest.mark.parametrize(("goes_back", "status"), [(True, "ROLLBACK_SUCCESSFUL"), (False, "STOPPED")])
def test_tasks_that_cannot_start_trip_the_circuit_breaker(ecs: Any, goes_back: bool, status: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
    service = a_service(ecs, balanced=False)
    breaker = {"enable": True, "rollback": goes_back}

    service.update(taskDefinition=gone(service), deploymentConfiguration={"deploymentCircuitBreaker": breaker})

    ended = service.ended()
    assert ended["status"] == status
    assert ended["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    assert any("CannotPullContainerError" in each["message"] for each in service.described()["events"])


def test_without_a_circuit_breaker_ecs_goes_on_trying(ecs: Any) -> None:
    service = a_service(ecs, balanced=False)

    service.update(taskDefinition=gone(service))

    tried = service.when(lambda found: (found.get("deploymentCircuitBreaker") or {}).get("failureCount", 0) > 3)
    assert (tried["status"], tried["targetServiceRevision"]["runningTaskCount"]) == ("IN_PROGRESS", 0)
    assert tried["sourceServiceRevisions"][0]["runningTaskCount"] == 2


def test_a_new_deployment_stops_the_one_in_flight_and_takes_its_traffic_back_first(ecs: Any) -> None:
    service = half_way(ecs)
    first = service.deployment()["serviceDeploymentArn"]

    service.update(
        taskDefinition=f"{service.name}:1", deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": []}
    )

    assert service.deployment(first)["status"] in {"STOP_REQUESTED", "STOPPED"}
    ended = service.ended()
    assert ended["serviceDeploymentArn"] != first
    assert ended["status"] == "SUCCESSFUL"
    assert service.deployment(first)["status"] == "STOPPED"
    assert len(ended["sourceServiceRevisions"]) == 2
    assert [each["runningTaskCount"] for each in ended["sourceServiceRevisions"]] == [0, 0]
    assert service.target()["taskDefinition"].endswith(":1")


def test_a_deployment_waits_until_the_one_before_it_has_gone_back(ecs: Any) -> None:
    service = half_way(ecs)
    first = service.deployment()["serviceDeploymentArn"]
    ecs.stop_service_deployment(serviceDeploymentArn=first)

    service.update(
        taskDefinition=f"{service.name}:2",
        forceNewDeployment=True,
        deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": []},
    )

    second = service.ended()
    before = service.deployment(first)
    assert before["status"] == "ROLLBACK_SUCCESSFUL"
    assert before["finishedAt"] <= second["startedAt"]
    assert second["status"] == "SUCCESSFUL"
    assert service.described()["taskDefinition"].endswith(":2")


def test_a_first_deployment_has_nothing_to_go_back_to(ecs: Any) -> None:
    name = new_name("service")
    register(ecs, name)
    arn = ecs.create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=name,
        deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": [pause(FENCE)]},
    )["service"]["currentServiceDeployment"]
    service = Service(ecs, name)
    service.paused()

    ecs.stop_service_deployment(serviceDeploymentArn=arn)

    assert service.ended()["status"] == "STOPPED"


def test_a_deleted_service_has_no_deployments(ecs: Any) -> None:
    service = half_way(ecs)
    arn = service.deployment()["serviceDeploymentArn"]

    ecs.delete_service(**service.named, force=True)

    assert ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"] == []
