"""What API Gateway's refusals mean to a deployment."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import (
    GantryError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.targets.rest_api_stage.stage_target import StageTarget


@contextmanager
def api_errors(target: StageTarget) -> Iterator[None]:
    """Raise Gantry's errors in place of API Gateway's. An error that no machine decides on stays as it is.

    Raises:
        TargetNotFoundError: there is no such API (or stage, or deployment).
        TargetAccessError: the role in the workload account may not do this with this API.
        TargetConflictError: another change is in progress.
        TargetPendingError: the account has used up its rate. The definition's Retry waits longer than the SDK does.
        IncompatibleTargetError: API Gateway refuses what it was given; it says why.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error, target)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: ClientError, target: StageTarget) -> GantryError | None:
    said = f"{target.id}: {message_of(error)}"
    match code_of(error):
        case "NotFoundException":
            return TargetNotFoundError(said)
        case "AccessDeniedException":
            return TargetAccessError(f"{said}: add {target.rest_api_id} to the target stack's RestApiIds")
        case "ConflictException":
            return TargetConflictError(said)
        # One CreateDeployment in 5 seconds and one PutRestApi in a second, for all of the account:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
        case "TooManyRequestsException":
            return TargetPendingError(f"{said}: other deployments in this account come first")
        case "BadRequestException" | "LimitExceededException":
            return IncompatibleTargetError(said)
        case _:
            return None
