"""The service that the tests of this kind deploy to, and its task definitions."""

from typing import Any, cast

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.target import Target
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.ecs_service.wanted_revision import WantedRevision
from tests.unit.targets.contract.harness import deployment_of
from tests.unit.targets.fake_task_definitions import FakeTaskDefinitions

SERVICE = EcsTarget("222222222222", "us-east-1", "main", "cowsay", "app")
TARGET: Target = SERVICE.as_target()
KEYS = {"account": "222222222222", "region": "us-east-1", "cluster": "main", "service": "cowsay", "container": "app"}
OLD, NEW = (f"sha256:{each * 64}" for each in "ab")
REGISTRY = "111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay"
SECRET = "arn:aws:secretsmanager:us-east-1:222222222222:secret:cowsay-AbCdEf"
STABLE = StableRevision("cowsay:1", OLD)


def document(image: str = f"{REGISTRY}@{OLD}", **container: Any) -> dict[str, Any]:
    """Return what RegisterTaskDefinition takes, with the container `app` and another one beside it."""
    return {
        "family": "cowsay",
        "taskRoleArn": "arn:aws:iam::222222222222:role/cowsay",
        "executionRoleArn": "arn:aws:iam::222222222222:role/cowsay-execution",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [
            {"name": "proxy", "image": "envoy:v1.30", "essential": True},
            {
                "name": "app",
                "image": image,
                "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
                "environment": [{"name": "GREETING", "value": "Hello"}, {"name": "COLOUR", "value": "red"}],
                "secrets": [{"name": "DB", "valueFrom": SECRET}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/cowsay"}},
                **container,
            },
        ],
    }


def registered(*documents: dict[str, Any], tags: dict[str, str] | None = None) -> FakeTaskDefinitions:
    """Return an ECS with these task definitions, by default the one that is live."""
    made = FakeTaskDefinitions()
    for each in documents or (document(),):
        given = {"tags": [{"key": key, "value": value} for key, value in tags.items()]} if tags else {}
        made.register_task_definition(**each, **given)
    made.calls.clear()
    return made


def definitions_of(made: FakeTaskDefinitions) -> TaskDefinitions:
    return TaskDefinitions(cast("Any", made), SERVICE)


def deployment(digest: str = NEW, **configuration: Any) -> Deployment:
    return deployment_of(TARGET, digest, configuration)


def wanted(digest: str = NEW, **configuration: Any) -> WantedRevision:
    return WantedRevision(deployment(digest, **configuration), f"{REGISTRY}@{digest}")
