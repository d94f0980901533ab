"""What ECS' refusals mean."""

import pytest
from botocore.exceptions import ClientError

from gantry.promotion.errors import (
    IncompatibleTargetError,
    RevisionUnusableError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.ecs_service.ecs_errors import ecs_errors
from gantry.targets.ecs_service.ecs_target import EcsTarget
from tests.unit.targets.fake_client import refused

TARGET = EcsTarget("222222222222", "us-east-1", "main", "cowsay", "app")


@pytest.mark.parametrize(
    ("code", "message", "means"),
    [
        ("ClusterNotFoundException", "Cluster not found.", TargetNotFoundError),
        ("ServiceNotFoundException", "Service not found.", TargetNotFoundError),
        ("ServiceNotActiveException", "Service was not ACTIVE.", TargetNotFoundError),
        ("AccessDeniedException", "not authorized to perform: ecs:UpdateService", TargetAccessError),
        ("AccessDeniedException", "not authorized to perform: iam:PassRole", TargetAccessError),
        ("ConflictException", "The service deployment has completed.", TargetConflictError),
        ("ServiceDeploymentNotFoundException", "Not found.", TargetConflictError),
        ("ClientException", "Too many concurrent attempts to create a new revision", TargetConflictError),
        ("ClientException", "TaskDefinition is inactive", RevisionUnusableError),
        ("InvalidParameterException", "TaskDefinition is inactive", RevisionUnusableError),
        ("InvalidParameterException", "unable to assume the service linked role", IncompatibleTargetError),
        ("PlatformTaskDefinitionIncompatibilityException", "no such CPU value", IncompatibleTargetError),
    ],
)
def test_a_refusal_is_an_error_of_a_decision(code: str, message: str, means: type[GantryError]) -> None:
    with pytest.raises(means, match=message), ecs_errors(TARGET):
        raise refused("UpdateService", code, message)


@pytest.mark.parametrize(
    ("action", "parameter"),
    [
        ("ecs:UpdateService", "EcsServicePatterns"),
        ("iam:PassRole", "TaskRolePatterns"),
        ("ecs:RunTask", "CheckClusters"),
        ("ecs:DescribeTasks", "CheckClusters"),
    ],
)
def test_who_is_refused_is_told_which_parameter_would_let_it(action: str, parameter: str) -> None:
    with pytest.raises(TargetAccessError, match=f"target stack's {parameter}$"), ecs_errors(TARGET):
        raise refused("Any", "AccessDeniedException", f"not authorized to perform: {action} on resource: *")


@pytest.mark.parametrize(
    ("code", "message"),
    [("ThrottlingException", "Rate exceeded"), ("ClientException", "Rate exceeded"), ("ServerException", "")],
)
def test_what_passes_by_itself_is_tried_again_and_decides_nothing(code: str, message: str) -> None:
    with pytest.raises(ClientError), ecs_errors(TARGET):
        raise refused("UpdateService", code, message)
