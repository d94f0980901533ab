"""What AWS' SDK raises, in words for whoever typed the command."""

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError, ProfileNotFound

from gantry.aws.clients import code_of, message_of
from gantry.command_line.errors import CommandError, Exit

_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
POLICIES = "The stack's outputs Operator…PolicyArn are policies with the rights that the commands need."


def as_command_error(error: Exception) -> CommandError:
    """Return how the command ends, and what its user can do."""
    if isinstance(error, ClientError):
        return _of_call(error)
    if isinstance(error, NoRegionError):
        return CommandError("No region is set. Give --region, the one that the pipeline is in.", Exit.USAGE)
    if isinstance(error, NoCredentialsError | ProfileNotFound):
        return CommandError(f"{_sentence(error)} Sign in to the assets account, or give --profile.", Exit.NOT_ALLOWED)
    hint = " Is the region right, and is there a network?" if isinstance(error, EndpointConnectionError) else ""
    return CommandError(_sentence(error) + hint)


def is_access_denied(error: ClientError) -> bool:
    """Whether IAM does not allow the call."""
    return code_of(error) in _REFUSED


def _of_call(error: ClientError) -> CommandError:
    if code_of(error) in _EXPIRED:
        return CommandError(f"AWS does not take the credentials: {message_of(error)}. Sign in again.", Exit.NOT_ALLOWED)
    if is_access_denied(error):
        return CommandError(f"IAM does not allow it: {message_of(error)}. {POLICIES}", Exit.NOT_ALLOWED)
    return CommandError(f"{error.operation_name} failed: {code_of(error)}: {message_of(error).rstrip('.')}.")


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
