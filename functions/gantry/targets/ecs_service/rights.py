"""What a session for one target of this kind may do. The role in the account may do the same with other services.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_ecs.html
"""

from gantry.aws.session_policy import Right
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target
from gantry.targets.ecs_service.ecs_target import EcsTarget

LONGEST_NAMES = 256
"""Characters that cluster and service may have together. STS takes 2,048 for the whole session policy, which has each
of them three times."""

_OF_THE_SERVICE = (
    "ecs:DescribeServices",
    "ecs:UpdateService",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:ContinueServiceDeployment",
    "ecs:StopServiceDeployment",
)
_OF_TASK_DEFINITIONS = ("ecs:RegisterTaskDefinition", "ecs:TagResource")
_WITHOUT_A_RESOURCE = (
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "cloudwatch:GetMetricData",
)


def rights(target: Target) -> tuple[Right, ...]:
    """Return the one service with its deployments, and what its task definitions need.

    Which family they are of, and which roles they have, only the live one says. The role names families and roles.
    """
    parts = EcsTarget.of(target)
    deployments, revisions = f"{parts.deployments_arn}*", f"{parts.revisions_arn}*"
    return (
        Right(_OF_THE_SERVICE, (parts.service_arn, deployments, revisions)),
        Right(_OF_TASK_DEFINITIONS, (parts.task_definition_arn("*"),)),
        _passing(parts),
        Right(_WITHOUT_A_RESOURCE, ("*",)),
    )


def running_rights(target: Target) -> tuple[Right, ...]:
    """Return the rights to run a revision once in the service's cluster, for a session that checks it.

    ECS knows the cluster of a RunTask by a condition, which the role has.
    """
    parts = EcsTarget.of(target)
    return (
        Right(("ecs:DescribeServices",), (parts.service_arn,)),
        Right(("ecs:RunTask",), (parts.task_definition_arn("*"),)),
        Right(("ecs:DescribeTasks",), (parts.tasks_arn,)),
        _passing(parts),
        Right(("ecs:DescribeTaskDefinition",), ("*",)),
    )


def _passing(parts: EcsTarget) -> Right:
    """Return the right that ECS asks for when a task definition with roles is registered or run."""
    return Right(("iam:PassRole",), (f"arn:{partition_of(parts.region).name}:iam::{parts.account}:role/*",))
