"""What Lambda's refusals mean to a deployment."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    GantryError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.target import Target


@contextmanager
def lambda_errors(target: Target) -> Iterator[None]:
    """Raise the domain's errors in place of Lambda's; what says nothing to a person or a machine stays as it is.

    Raises:
        TargetConflictError: somebody else changed the function in between, or another operation is under way.
        TargetNotFoundError: there is no such function (or version, or alias).
        TargetAccessError: the role in the workload account may not do this with this function.
        ArtifactNotFoundError: the registry has no such image.
        IncompatibleTargetError: Lambda cannot run it like this, or may not pull the image.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error, target)
        if meaning is None:
            raise
        raise meaning from error


def pull_grants(target: Target) -> str:
    """The two statements that the repository's policy must have before the target may run its images.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html, "Amazon ECR cross-account permissions"
    """
    return (
        "the repository's policy needs two statements, each with the actions ecr:BatchGetImage and "
        f"ecr:GetDownloadUrlForLayer: one for the principal arn:aws:iam::{target.account}:root, and one for the "
        "service lambda.amazonaws.com under the condition that aws:sourceArn is like "
        f"arn:aws:lambda:{target.region}:{target.account}:function:*"
    )


def _meaning(error: ClientError, target: Target) -> GantryError | None:
    said = f"{target.id}: {message_of(error)}"
    match code_of(error):
        case "PreconditionFailedException" | "ResourceConflictException":
            return TargetConflictError(f"{said} (changed by somebody else since it was read, or still changing)")
        case "ResourceNotFoundException":
            return TargetNotFoundError(said)
        case "AccessDeniedException" | "InvalidParameterValueException" if _is_about_pulling(error):
            return IncompatibleTargetError(f"{said}: {pull_grants(target)}")
        case "AccessDeniedException":
            return TargetAccessError(f"{said}: the target stack's role does not cover this function or action")
        case "InvalidParameterValueException":
            return ArtifactNotFoundError(said) if _is_about_a_missing_image(error) else IncompatibleTargetError(said)
        case _:
            return None


# Lambda has one code for every argument it does not like, so that only its words tell these two apart from the rest.
# When they change, both still arrive as IncompatibleTargetError or TargetAccessError, with the new words.
def _is_about_pulling(error: ClientError) -> bool:
    """`Lambda does not have permission to access the ECR image. Check the ECR permissions.`, as 400 or as 403."""
    return "ECR" in message_of(error) and "permission" in message_of(error)


def _is_about_a_missing_image(error: ClientError) -> bool:
    """`Source image … does not exist. Provide a valid source image.`"""
    return "image" in message_of(error) and "does not exist" in message_of(error)
