"""What API Gateway's refusals mean to a deployment."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.translated_errors import translated
from gantry.promotion.errors import (
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
    TargetPendingError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.rest_api_stage.stage_target import StageTarget


def api_errors(target: StageTarget) -> AbstractContextManager[None]:
    """Raise Gantry's errors in place of API Gateway's. An error that no machine decides on stays as it is.

    Raises:
        TargetNotFoundError: there is no such API (or stage, or deployment).
        TargetAccessError: the role in the workload account may not do this with this API.
        TargetConflictError: another change is in progress.
        IncompatibleTargetError: API Gateway refuses what it was given; it says why.
    """
    return translated(lambda error: _meaning(error, target))


def slow_rates(target: StageTarget) -> AbstractContextManager[None]:
    """As `api_errors`, for what an account may do once in a second, or in five: the definition waits, not the SDK.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

    Raises:
        TargetPendingError: the account has used up its rate.
    """
    return translated(lambda error: _pending(error, target) or _meaning(error, target))


_UNGRANTED = ("iam:PassRole", "apigateway:UpdateRestApiPolicy")
"""The rights that the target stack gives for no API."""
_RATES = ("TooManyRequestsException", "LimitExceededException")
"""Both say that a rate was exceeded:
https://docs.aws.amazon.com/sdk-for-python/v1/reference/clients/api-gateway/errors/LimitExceededException/"""


def _pending(error: ClientError, target: StageTarget) -> GantryError | None:
    if code_of(error) not in _RATES:
        return None
    return TargetPendingError(f"{target.id}: {message_of(error)}: other deployments in this account come first")


def _meaning(error: ClientError, target: StageTarget) -> GantryError | None:
    means, remedy = _MEANINGS.get(code_of(error), (None, ""))
    if any(each in message_of(error) for each in _UNGRANTED):
        remedy = ": take it out of the document, because no release has this right"
    return means(f"{target.id}: {message_of(error)}{remedy}") if means else None


_MEANINGS: Mapping[str, tuple[type[GantryError], str]] = {
    "NotFoundException": (TargetNotFoundError, ""),
    "AccessDeniedException": (TargetAccessError, ": add the API's id to the target stack's RestApiIds"),
    "ConflictException": (TargetConflictError, ""),
    "BadRequestException": (IncompatibleTargetError, ""),
}
