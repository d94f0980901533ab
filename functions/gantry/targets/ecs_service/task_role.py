"""The role that a task's programs have."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.references.errors import ReferenceUnreadableError
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.prerequisites import runs_on_fargate
from gantry.targets.ecs_service.task_definition import TaskDefinition


def task_role(target: EcsTarget, service: Mapping[str, Any], definition: TaskDefinition) -> str | None:
    """Return the ARN of the task role; None where the programs may have another one, their instance's.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html

    Args:
        target: the service.
        service: as DescribeServices returns it.
        definition: the live task definition, which has a role's ARN or its name.

    Raises:
        ReferenceUnreadableError: there is none, and on Fargate there is no instance's.
    """
    role = definition.document.get("taskRoleArn")
    if role:
        prefix = f"arn:{partition_of(target.region).name}:iam::{target.account}:role/"
        return str(role) if role.startswith("arn:") else f"{prefix}{role}"
    if runs_on_fargate(service):
        raise ReferenceUnreadableError(
            f"{target.id}: its task definition {definition.revision} has no taskRoleArn, so its tasks may read nothing "
            "that the configuration refers to: add a task role and deploy that, or move them from environment to "
            "secrets, which ECS reads itself"
        )
    return None
