"""A team's ECS service in a workload account, with its cluster, its roles, and a load balancer.

    service = add_ecs_service(stand_in, PROD, "cowsay", image_uri(stand_in, "cowsay", digest))
    service.balancer.request("/say")
    service.balancer.record_requests(service.balancer.green, at, requests=6_000, failed=240)

On AWS a stack of the team's own brings it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.driver.host import ARCHITECTURE
from sandbox.driver.load_balancer import PORT, LoadBalancer, add_load_balancer
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.stand_in.process import StandIn

CLUSTER: Final = "main"
CONTAINER: Final = "app"
NETWORK: Final = {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}}
_TASKS, _SERVICES = "ecs-tasks.amazonaws.com", "ecs.amazonaws.com"
_STARTS = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ssm:GetParameters",
    "secretsmanager:GetSecretValue",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
)
_SHIFTS = (
    "elasticloadbalancing:Describe*",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:DeregisterTargets",
)


@dataclass(frozen=True, slots=True)
class EcsService:
    """An ECS service, and its load balancer if it has one."""

    stand_in: StandIn
    account: str
    cluster: str
    name: str
    balancer: LoadBalancer | None

    @property
    def described(self) -> dict[str, Any]:
        """The service, as DescribeServices answers."""
        client = self.stand_in.client("ecs", self.account)
        return dict(client.describe_services(cluster=self.cluster, services=[self.name])["services"][0])

    @property
    def revision(self) -> str:
        """The task definition that the service is on, such as `cowsay:1`."""
        return str(self.described["taskDefinition"]).rsplit("/", 1)[-1]


def add_ecs_service(  # noqa: PLR0913 -- what a stack has parameters for
    stand_in: StandIn,
    account: str,
    name: str,
    image: str,
    *,
    cluster: str = CLUSTER,
    environment: Mapping[str, str] | None = None,
    balanced: bool = True,
) -> EcsService:
    """Add a service with one task of an image (its URI), behind a load balancer if it is to be `balanced`."""
    client = stand_in.client("ecs", account)
    client.create_cluster(clusterName=cluster)
    definition = register_task_definition(stand_in, account, name, image, environment)
    balancer = add_load_balancer(stand_in, account, name) if balanced else None
    breaker = {"enable": True, "rollback": True}
    configuration = {"strategy": "BLUE_GREEN" if balanced else "ROLLING", "deploymentCircuitBreaker": breaker}
    client.create_service(
        cluster=cluster,
        serviceName=name,
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        deploymentConfiguration=configuration,
        loadBalancers=[_attached(balancer, name)] if balancer else [],
    )
    return EcsService(stand_in, account, cluster, name, balancer)


def register_task_definition(
    stand_in: StandIn,
    account: str,
    family: str,
    image: str,
    environment: Mapping[str, str] | None = None,
    **container: Any,  # noqa: ANN401 -- what the API takes
) -> str:
    """Register a task definition with one container, and the roles that it needs; return its ARN."""
    variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
    ports = [{"containerPort": PORT, "protocol": "tcp"}]
    described: dict[str, Any] = {"name": CONTAINER, "image": image, "environment": variables, "portMappings": ports}
    described |= {"logConfiguration": _log_configuration(stand_in, account, family), **container}
    answer = stand_in.client("ecs", account).register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        runtimePlatform={"cpuArchitecture": ARCHITECTURE.upper(), "operatingSystemFamily": "LINUX"},
        taskRoleArn=_add_role(stand_in, account, f"{family}-task", _TASKS),
        executionRoleArn=_add_role(stand_in, account, f"{family}-execution", _TASKS, _STARTS),
        containerDefinitions=[described],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def log_group(family: str) -> str:
    """Return the log group of a family's containers."""
    return f"/ecs/{family}"


def image_uri(stand_in: StandIn, repository: str, digest: str) -> str:
    """Return the URI of an image in the assets account."""
    return Registry(stand_in.client("ecr", ASSETS)).uri(repository, digest)


def _attached(balancer: LoadBalancer, name: str) -> dict[str, Any]:
    role = _add_role(balancer.stand_in, balancer.account, f"{name}-traffic", _SERVICES, _SHIFTS)
    rule = {"productionListenerRule": balancer.rule, "roleArn": role}
    advanced = {"alternateTargetGroupArn": balancer.green, **rule}
    container = {"containerName": CONTAINER, "containerPort": PORT}
    return {"targetGroupArn": balancer.blue, **container, "advancedConfiguration": advanced}


def _log_configuration(stand_in: StandIn, account: str, family: str) -> dict[str, Any]:
    client, group = stand_in.client("logs", account), log_group(family)
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=group)
    options = {"awslogs-group": group, "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
    return {"logDriver": "awslogs", "options": options}


def _add_role(stand_in: StandIn, account: str, name: str, service: str, actions: Sequence[str] = ()) -> str:
    """Return a role that a service can assume; it may have been there before."""
    client = stand_in.client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    try:
        client.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    except client.exceptions.EntityAlreadyExistsException:
        return f"arn:aws:iam::{account}:role/{name}"
    if actions:
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        client.put_role_policy(RoleName=name, PolicyName="main", PolicyDocument=_policy(allowed))
    return f"arn:aws:iam::{account}:role/{name}"


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
