"""Requests to a service whose deployment ECS takes step by step.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

import json
from typing import Any

import pytest

from sandbox.driver.ecs_service import EcsService, add_ecs_service, register_task_definition
from sandbox.driver.load_balancer import LoadBalancer, add_error_alarms
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, SAYS, an_image
from tests.sandbox.given import Json, a_role, invoke, new_name, settled, soon

PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"],
    "timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
}
CANARY = {
    "strategy": "CANARY",
    "canaryConfiguration": {"canaryPercent": 25.0, "canaryBakeTimeInMinutes": 1},
    "lifecycleHooks": [PAUSE],
}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return aws.client("ecs", ACCOUNT)


@pytest.fixture
def image(aws: StandIn) -> str:
    return an_image(aws, SAYS)


@pytest.fixture
def service(aws: StandIn, image: str) -> EcsService:
    """A service that says `old`."""
    made = add_ecs_service(aws, ACCOUNT, new_name("service"), image, environment={"TO_SAY": "old"})
    soon(lambda: deployment_of(made)["status"] == "SUCCESSFUL")
    return made


def deployment_of(service: EcsService) -> Json:
    arn = service.described["currentServiceDeployment"]
    client = service.stand_in.client("ecs", service.account)
    found: Json = client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    return found


def balancer_of(service: EcsService) -> LoadBalancer:
    assert service.balancer
    return service.balancer


def deploy(aws: StandIn, service: EcsService, image: str, configuration: Json) -> str:
    """Begin a deployment of tasks that say `new`; return their task definition."""
    definition = register_task_definition(aws, ACCOUNT, service.name, image, {"TO_SAY": "new"})
    aws.client("ecs", ACCOUNT).update_service(
        cluster=service.cluster,
        service=service.name,
        taskDefinition=definition,
        deploymentConfiguration=configuration,
    )
    return definition


def answer_pause(ecs: Any, service: EcsService) -> None:
    deployment = soon(lambda: next((each for each in [deployment_of(service)] if each["lifecycleHookDetails"]), None))
    (hook,) = deployment["lifecycleHookDetails"]
    ecs.continue_service_deployment(
        serviceDeploymentArn=deployment["serviceDeploymentArn"], hookId=hook["hookId"], action="CONTINUE"
    )


def answers(service: EcsService, times: int) -> list[str]:
    return [str(json.loads(balancer_of(service).request().body)["said"]) for _ in range(times)]


def test_a_new_service_answers_by_the_first_group(service: EcsService) -> None:
    balancer = balancer_of(service)

    assert set(answers(service, 3)) == {"old"}
    assert balancer.weights == {balancer.blue: 100, balancer.green: 0}


def test_a_canarys_requests_split_and_end_with_the_new_revision(
    aws: StandIn, ecs: Any, service: EcsService, image: str
) -> None:
    balancer = balancer_of(service)
    definition = deploy(aws, service, image, CANARY)

    soon(lambda: deployment_of(service)["lifecycleHookDetails"])
    assert set(answers(service, 10)) == {"old"}

    answer_pause(ecs, service)
    soon(lambda: balancer.weights == {balancer.blue: 75, balancer.green: 25})
    said = answers(service, 100)
    # 25 are expected. Chance leaves these bounds less than once in 10,000 times.
    assert 9 < said.count("new") < 43

    answer_pause(ecs, service)
    soon(lambda: balancer.weights == {balancer.blue: 0, balancer.green: 100})
    assert set(answers(service, 10)) == {"new"}
    assert balancer.request().revision == definition.rsplit("/", 1)[-1]


def test_a_stopped_deployment_brings_all_requests_back(aws: StandIn, ecs: Any, service: EcsService, image: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html"""
    balancer = balancer_of(service)
    deploy(aws, service, image, CANARY)
    answer_pause(ecs, service)
    soon(lambda: balancer.weights == {balancer.blue: 75, balancer.green: 25})

    ecs.stop_service_deployment(
        serviceDeploymentArn=deployment_of(service)["serviceDeploymentArn"], stopType="ROLLBACK"
    )

    soon(lambda: deployment_of(service)["status"] == "ROLLBACK_SUCCESSFUL")
    assert balancer.weights == {balancer.blue: 100, balancer.green: 0}
    assert set(answers(service, 10)) == {"old"}


def test_an_alarm_on_the_canarys_group_takes_the_deployment_back(aws: StandIn, ecs: Any, service: EcsService) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"""
    balancer = balancer_of(service)
    alarms = {"alarmNames": add_error_alarms(balancer, service.name), "enable": True, "rollback": True}
    failing = an_image(aws, "def handler(event, context):\n    raise ValueError('no')")
    deploy(aws, service, failing, {**CANARY, "alarms": alarms})
    answer_pause(ecs, service)
    soon(lambda: balancer.weights == {balancer.blue: 75, balancer.green: 25})

    def taken_back() -> Json | None:
        balancer.request()
        found = deployment_of(service)
        return found if found["status"] == "ROLLBACK_SUCCESSFUL" else None

    assert soon(taken_back)["alarms"]["triggeredAlarmNames"] == [f"{service.name}-green-errors"]
    assert set(answers(service, 10)) == {"old"}


def test_one_image_serves_a_function_and_a_service(aws: StandIn, service: EcsService, image: str) -> None:
    """For speed, not fidelity: on AWS a web server would answer in the container."""
    function, client = new_name("function"), aws.client("lambda", ACCOUNT)
    client.create_function(
        FunctionName=function,
        PackageType="Image",
        Code={"ImageUri": image},
        Role=a_role(aws, account=ACCOUNT),
        Environment={"Variables": {"TO_SAY": "old"}},
    )
    settled(aws, function, ACCOUNT)

    answer = invoke(aws, function, {"path": "/"}, ACCOUNT)["Payload"]

    assert answer == json.loads(balancer_of(service).request("/").body)


def test_the_groups_swap_with_every_deployment(aws: StandIn, ecs: Any, service: EcsService, image: str) -> None:
    balancer = balancer_of(service)
    for expected in ({balancer.blue: 0, balancer.green: 100}, {balancer.blue: 100, balancer.green: 0}):
        deploy(aws, service, image, {"strategy": "BLUE_GREEN", "lifecycleHooks": []})
        soon(lambda: deployment_of(service)["status"] == "SUCCESSFUL")
        assert balancer.weights == expected
        assert set(answers(service, 3)) == {"new"}


def test_tasks_whose_image_is_gone_never_get_requests(aws: StandIn, service: EcsService, image: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"""
    deploy(aws, service, f"{image[:-4]}0000", {"strategy": "BLUE_GREEN", "lifecycleHooks": []})

    failed = soon(lambda: next((each for each in [deployment_of(service)] if each.get("statusReason")), None))

    assert failed["status"].startswith("ROLLBACK")
    assert set(answers(service, 10)) == {"old"}


def test_a_rolling_deployment_replaces_the_tasks_of_its_group(aws: StandIn, service: EcsService, image: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html"""
    balancer = balancer_of(service)
    deploy(aws, service, image, {"strategy": "ROLLING", "lifecycleHooks": []})

    soon(lambda: deployment_of(service)["status"] == "SUCCESSFUL")

    assert balancer.weights == {balancer.blue: 100, balancer.green: 0}
    assert set(answers(service, 5)) == {"new"}
