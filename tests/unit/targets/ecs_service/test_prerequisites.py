"""What keeps a release from a service, before anything is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.checks import Check, CheckKind, Checks
from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import IncompatibleTargetError
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.traffic import Step
from gantry.targets.ecs_service.prerequisites import (
    foreign_pauses,
    lasting_problems,
    no_tasks,
    problems_of_release,
    require_none,
)
from gantry.targets.ecs_service.task_definition import TaskDefinition
from tests.unit.targets.ecs_service.described_service import BALANCER, balancer, network_balancer, service

TARGET = Target("ecs", "222222222222", "us-east-1", "ecs/main/cowsay", "arn")
DEPLOYMENT = Deployment(
    release=Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, "sha256:" + "1" * 64, "cowsay"), "m1"),
    environment="prod",
    target=TARGET,
    architecture="x86_64",
    configuration={},
    plan=(Step(10, 60),),
    alarms=(),
)
AT_ONCE = replace(DEPLOYMENT, plan=())
DEFINITION: Mapping[str, Any] = {
    "family": "cowsay",
    "status": "ACTIVE",
    "executionRoleArn": "arn:aws:iam::222222222222:role/execution",
    "containerDefinitions": [{"name": "app", "image": "cowsay"}, {"name": "logs", "image": "x", "essential": False}],
}
CONNECT = [{"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http"}]}}]


def problems(
    described: Mapping[str, Any],
    definition: Mapping[str, Any] = DEFINITION,
    deployment: Deployment = DEPLOYMENT,
    container: str = "app",
    others: Sequence[str] = (),
) -> str:
    """Return what is said of a service, nothing if it takes the release."""
    live = TaskDefinition.of({"taskDefinition": {"taskDefinitionArn": "cowsay:1", **definition}})
    try:
        lasting = [*lasting_problems(container, deployment.configuration, described, live)]
        lasting = [*lasting, *problems_of_release(deployment, described, live)]
        require_none(TARGET.id, lasting, [*no_tasks(described), *others])
    except IncompatibleTargetError as error:
        return str(error)
    return ""


def test_a_service_with_two_target_groups_takes_steps() -> None:
    assert problems(service()) == ""
    assert problems(service(deploymentController={})) == "", "ECS is the default"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "DRAINING"}, "the service is DRAINING"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "its deployment controller is CODE_DEPLOY"),
        ({"resourceManagementType": "ECS"}, "it is an Express service"),
        ({"desiredCount": 0}, "it runs no tasks"),
    ],
)
def test_a_service_that_cannot_take_any_release_is_refused(changes: dict[str, Any], said: str) -> None:
    assert said in problems(service(**changes), deployment=AT_ONCE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loadBalancers": []}, "it has no load balancer, and steps need an Application Load Balancer"),
        ({"loadBalancers": [balancer(rule=None)]}, "its load balancer has no second target group"),
        ({"loadBalancers": [network_balancer()]}, "it is behind a Network Load Balancer"),
        ({"loadBalancers": [BALANCER, BALANCER]}, "its tasks are in 2 target groups at once"),
        ({"loadBalancers": [], "deployments": CONNECT}, "it is reached by Service Connect"),
        ({"loadBalancers": [], "deployments": [{"vpcLatticeConfigurations": [{}]}]}, "it is reached by VPC Lattice"),
    ],
)
def test_what_cannot_take_steps_is_told_so_and_can_do_it_all_at_once(changes: dict[str, Any], said: str) -> None:
    found = problems(service(**changes))

    assert said in found
    assert "traffic: AllAtOnce" in found
    assert problems(service(**changes), deployment=AT_ONCE) == ""


def test_a_client_of_service_connect_has_no_requests_of_its_own_there() -> None:
    client = [{"serviceConnectConfiguration": {"enabled": True, "services": []}}]

    assert "it has no load balancer" in problems(service(loadBalancers=[], deployments=client))
    assert problems(service(deployments=CONNECT)) == "", "the load balancer counts its requests"


@pytest.mark.parametrize(
    ("platform", "architecture", "fits"),
    [
        ({}, "x86_64", True),
        ({"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}, "x86_64", True),
        ({"cpuArchitecture": "ARM64"}, "arm64", True),
        ({}, "arm64", False),
        ({"cpuArchitecture": "ARM64"}, "x86_64", False),
    ],
)
def test_the_architecture_is_that_of_the_release(platform: dict[str, str], architecture: Any, *, fits: bool) -> None:
    definition = {**DEFINITION, "runtimePlatform": platform}

    found = problems(service(), definition, replace(DEPLOYMENT, architecture=architecture))

    assert (f"the manifest says architecture: {architecture}" in found) is not fits


def test_tasks_on_windows_run_no_images_for_linux() -> None:
    definition = {**DEFINITION, "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2025_CORE"}}

    assert "WINDOWS_SERVER_2025_CORE" in problems(service(), definition)


def test_nothing_can_go_back_to_a_task_definition_that_was_deregistered() -> None:
    assert "was deregistered" in problems(service(), {**DEFINITION, "status": "INACTIVE"})


EC2 = {"launchType": "EC2"}
WITH_SECRETS = [{"name": "app", "image": "x", "secrets": [{"name": "DB", "valueFrom": "arn"}]}]


@pytest.mark.parametrize(
    ("changes", "definition", "configuration", "needs"),
    [
        ({}, {}, {}, "Fargate"),
        ({"launchType": None, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, {}, {}, "Fargate"),
        (EC2, {"containerDefinitions": WITH_SECRETS}, {}, "a container with secrets"),
        (EC2, {}, {"secrets": {"DB": "arn"}}, "a container with secrets"),
        (EC2, {}, {"secrets": {}}, None),
    ],
)
def test_an_execution_role_is_needed_to_pull_on_fargate_and_to_read_secrets(
    changes: dict[str, Any], definition: dict[str, Any], configuration: dict[str, Any], needs: str | None
) -> None:
    without = {key: value for key, value in {**DEFINITION, **definition}.items() if key != "executionRoleArn"}

    found = problems(service(**changes), without, replace(DEPLOYMENT, configuration=configuration))

    assert found == "" if needs is None else f"has no executionRoleArn, which {needs} needs" in found


def test_a_container_has_to_exist_and_has_to_matter() -> None:
    assert "has no container web, but app, logs" in problems(service(), container="web")
    assert "its container logs is not essential" in problems(service(), container="logs")


@pytest.mark.parametrize(
    ("kind", "volume", "refused"),
    [
        (CheckKind.RUN_TASK, {"name": "data", "configuredAtLaunch": True}, True),
        (CheckKind.RUN_TASK, {"name": "data", "configuredAtLaunch": False}, False),
        (CheckKind.RUN_TASK, {"name": "data", "host": {}}, False),
        (CheckKind.CODEBUILD, {"name": "data", "configuredAtLaunch": True}, False),
    ],
)
def test_a_task_that_is_run_once_cannot_have_volumes_of_its_service(
    kind: CheckKind, volume: dict[str, Any], *, refused: bool
) -> None:
    checks = Checks(before_traffic=(Check(kind, 60, command=("migrate",)),))

    found = problems(service(), {**DEFINITION, "volumes": [volume]}, replace(DEPLOYMENT, checks=checks))

    assert ("get their volumes only at launch (data), which run_task cannot give" in found) is refused
    assert refused or found == ""


def test_every_reason_is_said_at_once() -> None:
    found = problems(
        service(desiredCount=0, loadBalancers=[]), {**DEFINITION, "status": "INACTIVE"}, others=["the rule drifted"]
    )

    assert found.startswith("222222222222/us-east-1/ecs/main/cowsay cannot take this release: its live task definition")
    assert found.count("; ") == 3
    assert "it runs no tasks" in found
    assert "the rule drifted" in found


@pytest.mark.parametrize(
    ("lasting", "passing", "passes"),
    [
        ([], ["it runs no tasks"], True),
        (["it is DRAINING"], ["it runs no tasks"], False),
        (["it is DRAINING"], [], False),
    ],
)
def test_what_may_be_gone_by_itself_is_said_to_be_so_only_alone(
    lasting: list[str], passing: list[str], *, passes: bool
) -> None:
    with pytest.raises(IncompatibleTargetError) as caught:
        require_none(TARGET.id, lasting, passing)
    assert caught.value.may_pass is passes


PAUSE: dict[str, Any] = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
CALL: dict[str, Any] = {"hookTargetArn": "arn", "lifecycleStages": ["PRE_SCALE_UP"]}


@pytest.mark.parametrize(("hooks", "paused"), [([], False), ([CALL], False), ([CALL, PAUSE], True)])
def test_pauses_of_others_are_refused_and_their_functions_are_not(hooks: list[dict[str, Any]], *, paused: bool) -> None:
    found = list(foreign_pauses(hooks))

    assert ["its deployments pause at POST_SCALE_UP until somebody goes on" in each for each in found] == [
        True
    ] * paused
