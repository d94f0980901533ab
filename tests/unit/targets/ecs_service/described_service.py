"""A service and its revisions as ECS describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.unit.targets.fake_load_balancers import BLUE, GREEN, NETWORK_LISTENER, RULE

_ARN = "arn:aws:ecs:us-east-1:222222222222"
BALANCER: dict[str, Any] = {
    "targetGroupArn": BLUE,
    "containerName": "app",
    "containerPort": 80,
    "advancedConfiguration": {
        "alternateTargetGroupArn": GREEN,
        "productionListenerRule": RULE,
        "roleArn": "arn:aws:iam::222222222222:role/ecs-shifts",
    },
}


def service(**changes: Any) -> dict[str, Any]:
    """Return a service that can take any release."""
    usual = {
        "serviceName": "cowsay",
        "status": "ACTIVE",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "deploymentController": {"type": "ECS"},
        "loadBalancers": [BALANCER],
        "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY"}],
    }
    return usual | changes


def balancer(rule: str | None = RULE, group: str = BLUE) -> dict[str, Any]:
    """Return a load balancer of a service; without a rule, one that ECS only registers tasks with."""
    if rule is None:
        return {key: value for key, value in BALANCER.items() if key != "advancedConfiguration"}
    advanced = BALANCER["advancedConfiguration"] | {"productionListenerRule": rule}
    return BALANCER | {"targetGroupArn": group, "advancedConfiguration": advanced}


def network_balancer() -> dict[str, Any]:
    """Return a Network Load Balancer of a service, which has no rules."""
    return balancer(NETWORK_LISTENER)


def service_revision(name: str, *groups: str, rule: str | None = RULE, number: int = 1) -> dict[str, Any]:
    """Return a service revision that runs a task definition in these target groups."""
    resolved = [
        {"targetGroupArn": each} | ({"productionListenerRule": f"{rule}{'x' * place}"} if rule else {})
        for place, each in enumerate(groups)
    ]
    return {
        "serviceRevisionArn": f"{_ARN}:service-revision/main/cowsay/{number}",
        "taskDefinition": f"{_ARN}:task-definition/{name}",
        "createdAt": number,
        **({"resolvedConfiguration": {"loadBalancers": resolved}} if resolved else {}),
    }


@dataclass
class Described:
    """What ECS says of one service."""

    service: Mapping[str, Any] = field(default_factory=service)
    revisions: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, *revisions: Mapping[str, Any]) -> Self:
        """Return the service with these revisions."""
        return cls(revisions={each["serviceRevisionArn"]: each for each in revisions})
