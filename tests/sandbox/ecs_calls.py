"""The calls that Gantry makes of ECS, and what each has to be allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.driver.ecs_service import NETWORK, EcsService
from sandbox.stand_in.accounts import REGION
from tests.sandbox.containers import ACCOUNT
from tests.sandbox.given import Json, allow

PLACE = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
PASS = "iam:PassRole"


@dataclass(frozen=True, slots=True)
class World:
    """A service and everything that calls can be about, each by its ARN."""

    service: EcsService
    deployment: str
    revision: str
    definition: Json
    task: str

    @property
    def arn(self) -> str:
        return f"{PLACE}:service/{self.service.cluster}/{self.service.name}"

    @property
    def cluster(self) -> str:
        return f"{PLACE}:cluster/{self.service.cluster}"

    @property
    def family(self) -> str:
        return str(self.definition["family"])

    @property
    def roles(self) -> list[str]:
        return [self.definition["taskRoleArn"], self.definition["executionRoleArn"]]


Call = Callable[[Any, World], object]
Rights = Callable[[World], list[Json]]


def on_service(action: str) -> Rights:
    return lambda world: [allow(f"ecs:{action}", world.arn)]


def on_service_and(action: str, what: str) -> Rights:
    """The rights for what belongs to a service: on it, and on the service."""
    return lambda world: [allow(f"ecs:{action}", world.arn), allow(f"ecs:{action}", getattr(world, what))]


def registering(world: World) -> list[Json]:
    family = f"{PLACE}:task-definition/{world.family}:*"
    return [allow("ecs:RegisterTaskDefinition", family), allow("ecs:TagResource", family), allow(PASS, world.roles)]


def running(world: World) -> list[Json]:
    return [allow("ecs:RunTask", world.definition["taskDefinitionArn"]), allow(PASS, world.roles)]


def register(client: Any, world: World) -> None:
    client.register_task_definition(
        family=world.family,
        taskRoleArn=world.roles[0],
        executionRoleArn=world.roles[1],
        containerDefinitions=[{"name": "app", "image": "app"}],
        tags=[{"key": "gantry:release", "value": "r-1"}],
    )


def run(client: Any, world: World) -> None:
    client.run_task(
        cluster=world.service.cluster,
        taskDefinition=f"{world.family}:{world.definition['revision']}",
        networkConfiguration=NETWORK,
    )


CALLS: dict[str, tuple[Rights, Call]] = {
    "DescribeServices": (
        on_service("DescribeServices"),
        lambda client, world: client.describe_services(cluster=world.service.cluster, services=[world.service.name]),
    ),
    "UpdateService": (
        on_service("UpdateService"),
        lambda client, world: client.update_service(
            cluster=world.service.cluster, service=world.service.name, healthCheckGracePeriodSeconds=1
        ),
    ),
    "ListServiceDeployments": (
        on_service("ListServiceDeployments"),
        lambda client, world: client.list_service_deployments(
            cluster=world.service.cluster, service=world.service.name
        ),
    ),
    "DescribeServiceDeployments": (
        on_service_and("DescribeServiceDeployments", "deployment"),
        lambda client, world: client.describe_service_deployments(serviceDeploymentArns=[world.deployment]),
    ),
    "DescribeServiceRevisions": (
        on_service_and("DescribeServiceRevisions", "revision"),
        lambda client, world: client.describe_service_revisions(serviceRevisionArns=[world.revision]),
    ),
    "StopServiceDeployment": (
        on_service_and("StopServiceDeployment", "deployment"),
        lambda client, world: client.stop_service_deployment(serviceDeploymentArn=world.deployment),
    ),
    "ContinueServiceDeployment": (
        on_service_and("ContinueServiceDeployment", "deployment"),
        lambda client, world: client.continue_service_deployment(serviceDeploymentArn=world.deployment, hookId="x"),
    ),
    "RegisterTaskDefinition": (registering, register),
    "DescribeTaskDefinition": (
        lambda _: [allow("ecs:DescribeTaskDefinition")],
        lambda client, world: client.describe_task_definition(taskDefinition=world.family),
    ),
    "ListTaskDefinitions": (
        lambda _: [allow("ecs:ListTaskDefinitions")],
        lambda client, world: client.list_task_definitions(familyPrefix=world.family),
    ),
    "TagResource": (
        lambda world: [allow("ecs:TagResource", world.definition["taskDefinitionArn"])],
        lambda client, world: client.tag_resource(
            resourceArn=world.definition["taskDefinitionArn"], tags=[{"key": "gantry:answered", "value": "x"}]
        ),
    ),
    "RunTask": (running, run),
    "DescribeTasks": (
        lambda world: [allow("ecs:DescribeTasks", world.task)],
        lambda client, world: client.describe_tasks(cluster=world.service.cluster, tasks=[world.task]),
    ),
    "StopTask": (
        lambda world: [allow("ecs:StopTask", world.task)],
        lambda client, world: client.stop_task(cluster=world.service.cluster, task=world.task.rsplit("/", 1)[-1]),
    ),
    "DescribeClusters": (
        lambda world: [allow("ecs:DescribeClusters", world.cluster)],
        lambda client, world: client.describe_clusters(clusters=[world.service.cluster]),
    ),
}
REFUSES_WHAT_IS_OVER = {"StopServiceDeployment", "ContinueServiceDeployment"}
