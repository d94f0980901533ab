"""What ECS' refusals mean to a deployment.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.translated_errors import translated
from gantry.promotion.errors import (
    IncompatibleTargetError,
    RevisionUnusableError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.ecs_service.ecs_target import EcsTarget

_PASSING = "iam:PassRole"
_RUNNING = ("ecs:RunTask", "ecs:DescribeTasks")
_AT_ONCE = "Too many concurrent attempts to create a new revision"
"""https://github.com/hashicorp/terraform-provider-aws/issues/9777"""
_INACTIVE = "TaskDefinition is inactive"
"""https://github.com/DefangLabs/defang/pull/775"""
RATE = "Rate exceeded"
"""The SDK tries again, and the definition after it, as with everything that nobody foresaw:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"""


def ecs_errors(target: EcsTarget) -> AbstractContextManager[None]:
    """Raise Gantry's errors in place of ECS'. An error that no machine decides on stays as it is.

    Raises:
        TargetNotFoundError: there is no such cluster or service.
        TargetAccessError: the role in the workload account may not do this with this service.
        TargetConflictError: another change is in progress, or what the call is about has ended.
        RevisionUnusableError: somebody has deregistered the task definition.
        IncompatibleTargetError: ECS refuses what it was given; it says why.
    """
    return translated(lambda error: _meaning(error, target))


def _meaning(error: ClientError, target: EcsTarget) -> GantryError | None:
    message = message_of(error)
    if RATE in message:
        return None
    if _INACTIVE in message:
        return RevisionUnusableError(f"{target.id}: {message}")
    if _AT_ONCE in message:
        return TargetConflictError(f"{target.id}: {message}")
    means, remedy = _MEANINGS.get(code_of(error), (None, ""))
    if means is TargetAccessError and _PASSING in message:
        remedy = ": add the task's roles to the target stack's TaskRolePatterns"
    elif means is TargetAccessError and any(each in message for each in _RUNNING):
        remedy = ": add the cluster to the target stack's CheckClusters"
    return means(f"{target.id}: {message}{remedy}") if means else None


_MEANINGS: Mapping[str, tuple[type[GantryError], str]] = {
    "ClusterNotFoundException": (TargetNotFoundError, ""),
    "ServiceNotFoundException": (TargetNotFoundError, ""),
    "ServiceNotActiveException": (TargetNotFoundError, ""),
    "AccessDeniedException": (TargetAccessError, ": add it to the target stack's EcsServicePatterns"),
    "ConflictException": (TargetConflictError, ""),
    "ServiceDeploymentNotFoundException": (TargetConflictError, ""),
    "ClientException": (IncompatibleTargetError, ""),
    "InvalidParameterException": (IncompatibleTargetError, ""),
    "PlatformTaskDefinitionIncompatibilityException": (IncompatibleTargetError, ""),
    "PlatformUnknownException": (IncompatibleTargetError, ""),
    "UnsupportedFeatureException": (IncompatibleTargetError, ""),
}
