"""The deployment configuration of an ECS service, and what begins a deployment.

Measured on AWS: https://github.com/go-to-k/cdkd/pull/1848, https://github.com/go-to-k/cdkd/pull/2256,
https://github.com/hashicorp/terraform-provider-aws/pull/47096, https://github.com/kayac/ecspresso/pull/1082
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.process import StandIn
from tests.sandbox.ecs_services import (
    CLUSTER,
    FENCE,
    STEP,
    Service,
    a_service,
    an_ecs,
    pause,
    refusal,
    register,
)
from tests.sandbox.given import Json, new_name

LAMBDA = {"hookTargetArn": "arn:aws:lambda:us-east-1:1:function:x", "roleArn": "arn:aws:iam::1:role/x"}


@pytest.fixture(scope="module")
def ecs(aws: StandIn) -> Any:
    return an_ecs(aws)


@pytest.fixture(scope="module")
def service(ecs: Any) -> Service:
    """The tests only configure it."""
    return a_service(ecs)


def configured(service: Service, **configuration: Any) -> Json:
    found: Json = service.update(deploymentConfiguration=configuration)["deploymentConfiguration"]
    return found


def refused(service: Service, **configuration: Any) -> str:
    with pytest.raises(ClientError) as caught:
        configured(service, **configuration)
    code, message = refusal(caught.value)
    assert code == "InvalidParameterException"
    return message


def test_a_service_without_one_shows_the_defaults(ecs: Any) -> None:
    found = a_service(ecs, balanced=False).described()["deploymentConfiguration"]

    assert found == {
        "strategy": "ROLLING",
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "bakeTimeInMinutes": 0,
        "alarms": {"alarmNames": [], "rollback": False, "enable": False},
        "deploymentCircuitBreaker": {
            "enable": False,
            "rollback": False,
            "resetOnHealthyTask": True,
            "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
        },
        "lifecycleHooks": [],
    }


def test_what_is_left_out_stays_and_only_an_empty_list_removes_the_hooks(service: Service) -> None:
    configured(service, strategy="BLUE_GREEN", lifecycleHooks=[pause(FENCE)], maximumPercent=150)

    kept = configured(service, bakeTimeInMinutes=3)
    assert (kept["strategy"], kept["maximumPercent"], kept["bakeTimeInMinutes"]) == ("BLUE_GREEN", 150, 3)
    assert kept["lifecycleHooks"] == [pause(FENCE)]
    assert configured(service, lifecycleHooks=[])["lifecycleHooks"] == []


def test_the_list_of_hooks_is_replaced_whole(service: Service) -> None:
    configured(service, lifecycleHooks=[pause(FENCE), pause(STEP)])

    assert configured(service, lifecycleHooks=[pause(STEP)])["lifecycleHooks"] == [pause(STEP)]


def test_what_a_block_leaves_out_has_its_default(service: Service) -> None:
    linear = {"stepPercent": 33.0, "stepBakeTimeInMinutes": 9}
    configured(service, strategy="LINEAR", linearConfiguration=linear)

    found = configured(service, linearConfiguration={"stepPercent": 44.0})
    assert found["linearConfiguration"] == {"stepPercent": 44.0, "stepBakeTimeInMinutes": 6}
    found = configured(service, strategy="CANARY", canaryConfiguration={"canaryPercent": 30.0})
    assert found["canaryConfiguration"] == {"canaryPercent": 30.0, "canaryBakeTimeInMinutes": 10}
    assert "linearConfiguration" not in found


def test_a_pause_that_leaves_out_its_time_out_goes_back_after_a_day(service: Service) -> None:
    [hook] = configured(service, lifecycleHooks=[{"targetType": "PAUSE", "lifecycleStages": [FENCE]}])["lifecycleHooks"]

    assert hook["timeoutConfiguration"] == {"timeoutInMinutes": 1440, "action": "ROLLBACK"}


def test_the_circuit_breaker_keeps_the_members_that_are_left_out(service: Service) -> None:
    breaker = {"enable": True, "rollback": True, "resetOnHealthyTask": False}
    configured(service, deploymentCircuitBreaker=breaker)

    found = configured(service, deploymentCircuitBreaker={"enable": True, "rollback": False})
    assert found["deploymentCircuitBreaker"]["resetOnHealthyTask"] is False
    assert found["deploymentCircuitBreaker"]["rollback"] is False


def test_steps_belong_to_their_strategy(service: Service) -> None:
    said = refused(service, strategy="BLUE_GREEN", linearConfiguration={"stepPercent": 10.0})

    assert said == "Linear configuration can only be present with LINEAR deployment strategy"


def test_early_success_is_for_rolling_deployments(service: Service) -> None:
    early = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}
    said = refused(service, strategy="BLUE_GREEN", earlySuccessCriteria=early)

    assert said == "Early success criteria not supported for BLUE_GREEN deployment strategy"


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ({"targetType": "PAUSE"}, "Lifecycle stage cannot be null or empty for any deployment lifecycle hooks"),
        (
            {"lifecycleStages": [FENCE]},
            "Role arn or Hook Target arn is missing for one or more deployment lifecycle hooks",
        ),
    ],
)
def test_a_hook_needs_what_its_kind_needs_in_the_words_of_aws(service: Service, hook: Json, said: str) -> None:
    assert refused(service, lifecycleHooks=[hook]) == said


@pytest.mark.parametrize(
    "hooks",
    [
        [pause("PRODUCTION_TRAFFIC_SHIFT")],
        [pause("TEST_TRAFFIC_SHIFT")],
        [{**pause(FENCE), **LAMBDA}],
        [pause(FENCE, minutes=20_161)],
        [pause(FENCE)] * 11,
    ],
)
def test_a_pause_has_its_stages_and_limits(service: Service, hooks: list[Json]) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html"""
    assert refused(service, lifecycleHooks=hooks)


@pytest.mark.parametrize(
    "configuration",
    [
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.9}},
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 1441}},
        {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.05}},
    ],
)
def test_steps_have_their_limits(service: Service, configuration: Json) -> None:
    """The service model: multiples of 0.1, from 3 and from 0.1; a day at most."""
    assert refused(service, **configuration)


@pytest.mark.parametrize("strategy", ["LINEAR", "CANARY"])
def test_steps_need_something_that_splits_the_traffic(ecs: Any, strategy: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment-implementation.html"""
    assert refused(a_service(ecs, balanced=False), strategy=strategy)


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}


@pytest.mark.parametrize(
    ("change", "begins"),
    [
        ({"taskDefinition": "{name}:2"}, True),
        ({"forceNewDeployment": True}, True),
        ({"networkConfiguration": NETWORK}, True),
        ({"deploymentConfiguration": {"bakeTimeInMinutes": 1}}, False),
        ({"desiredCount": 3}, False),
        ({"enableExecuteCommand": True}, False),
        ({"taskDefinition": "{name}:1"}, False),
    ],
)
def test_only_what_needs_new_tasks_begins_a_deployment(ecs: Any, change: Json, begins: bool) -> None:
    """The service model says of each parameter of UpdateService whether it triggers a new service deployment."""
    service = a_service(ecs)
    before = service.deployment()["serviceDeploymentArn"]
    named = {key: value.format(name=service.name) if isinstance(value, str) else value for key, value in change.items()}

    updated = service.update(**named)

    assert (updated["currentServiceDeployment"] != before) is begins
    assert len(service.listed()) == 1 + begins


@pytest.mark.parametrize(
    ("revision", "said"), [("1", "TaskDefinition is inactive"), ("9", "TaskDefinition not found.")]
)
def test_a_task_definition_has_to_be_there_and_active(ecs: Any, revision: str, said: str) -> None:
    """https://github.com/aws/aws-cdk/issues/33195"""
    service = a_service(ecs)
    family = new_name("family")
    register(ecs, family)
    ecs.deregister_task_definition(taskDefinition=f"{family}:1")

    with pytest.raises(ClientError) as updating:
        service.update(taskDefinition=f"{family}:{revision}")
    with pytest.raises(ClientError) as creating:
        ecs.create_service(cluster=CLUSTER, serviceName=family, taskDefinition=f"{family}:{revision}")

    assert refusal(updating.value) == refusal(creating.value) == ("ClientException", said)
    assert service.described()["taskDefinition"].endswith(f"/{service.name}:1")


def test_clusters_and_services_have_to_be_there(ecs: Any, service: Service) -> None:
    codes = []
    for cluster, name in (("nowhere", service.name), (CLUSTER, "nothing")):
        with pytest.raises(ClientError) as caught:
            ecs.update_service(cluster=cluster, service=name, desiredCount=1)
        codes.append(refusal(caught.value)[0])

    assert codes == ["ClusterNotFoundException", "ServiceNotFoundException"]


def test_a_deleted_service_is_not_changed(ecs: Any) -> None:
    service = a_service(ecs)
    ecs.delete_service(**service.named, force=True)

    with pytest.raises(ClientError) as caught:
        service.update(desiredCount=1)

    assert refusal(caught.value)[0] == "ServiceNotActiveException"
    assert service.listed() == []
