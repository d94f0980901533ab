"""What Lambda's refusals mean to a deployment."""

from contextlib import AbstractContextManager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.translated_errors import translated
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.zip_errors import meaning_for_zips

_FUNCTION_GRANT = "add it to the target stack's FunctionNamePatterns or ExecutionRolePatterns"
KEY_GRANT = (
    "where a customer's key encrypts the function's variables, add it to the target stack's KmsKeyArns, and let the "
    "key's own policy allow the account to use it"
)
"""What the pipeline needs before it may read and change such variables:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"""


def lambda_errors(target: LambdaTarget) -> AbstractContextManager[None]:
    """Raise Gantry's errors in place of Lambda's. An error that no machine decides on stays as it is.

    Raises:
        TargetConflictError: somebody else changed the function in between, or another operation is in progress.
        TargetNotFoundError: there is no such function (or version, or alias).
        TargetAccessError: the role in the workload account may not do this with this function.
        ArtifactNotFoundError: the registry has no such image, or the bucket no such zip.
        IncompatibleTargetError: Lambda cannot run it like this, or may not pull the image.
    """
    return translated(lambda error: meaning_for_zips(error, target) or _meaning(error, target))


def pull_grants(target: LambdaTarget) -> str:
    """Return the two statements that the repository's policy needs before the target may run its images.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html, "Amazon ECR cross-account permissions"
    """
    partition = partition_of(target.region).name
    return (
        f"the repository's policy needs two statements in {target.region}, each with the actions ecr:BatchGetImage and "
        f"ecr:GetDownloadUrlForLayer: one for the principal arn:{partition}:iam::{target.account}:root, and one for "
        "the service lambda.amazonaws.com under the condition that aws:sourceArn is like "
        f"arn:{partition}:lambda:{target.region}:{target.account}:function:*"
    )


def _meaning(error: ClientError, target: LambdaTarget) -> GantryError | None:
    said = f"{target.id}: {message_of(error)}"
    match code_of(error):
        case "PreconditionFailedException" | "ResourceConflictException":
            return TargetConflictError(f"{said} (changed by somebody else since it was read, or still changing)")
        case "ResourceNotFoundException":
            return TargetNotFoundError(said)
        case "AccessDeniedException" | "InvalidParameterValueException" if _is_about_pulling(error):
            return IncompatibleTargetError(f"{said}: {pull_grants(target)}")
        case "AccessDeniedException" | "KMSAccessDeniedException":
            return TargetAccessError(f"{said}: {KEY_GRANT if _is_about_a_key(error) else _FUNCTION_GRANT}")
        case "InvalidParameterValueException":
            return _meaning_of_invalid(error, target, said)
        case _:
            return None


def _meaning_of_invalid(error: ClientError, target: LambdaTarget, said: str) -> GantryError:
    if _is_about_a_missing_image(error):
        return ArtifactNotFoundError(said)
    if _is_about_a_key(error):
        return TargetAccessError(f"{said}: {KEY_GRANT}")
    if _is_about_the_role(error):
        role = target.role or f"that the function names, in the account {target.account}"
        advice = f"Create the role {role}, or let its trust policy name lambda.amazonaws.com."
        return IncompatibleTargetError(f"{said} {advice}")
    if _is_about_other_code(error):
        return TargetConflictError(f"{said} (changed by somebody else since it was read)")
    return IncompatibleTargetError(said)


# Lambda has one code for every argument that it refuses, so that only the message tells these five cases apart. If AWS
# changes the messages, all still arrive as IncompatibleTargetError or TargetAccessError, with the new message.
def _is_about_pulling(error: ClientError) -> bool:
    """`Lambda does not have permission to access the ECR image. Check the ECR permissions.`, as 400 or as 403."""
    return "ECR" in message_of(error) and "permission" in message_of(error)


def _is_about_a_key(error: ClientError) -> bool:
    """A right to use a KMS key: `… not authorized to perform: kms:CreateGrant …`, or `… the KMS access was denied`."""
    said = message_of(error)
    return "perform: kms:" in said or ("KMS" in said and "denied" in said)


def _is_about_the_role(error: ClientError) -> bool:
    """`The role defined for the function cannot be assumed by Lambda.`: it does not exist, or trusts others."""
    return "cannot be assumed by Lambda" in message_of(error)


def _is_about_a_missing_image(error: ClientError) -> bool:
    """`Source image … does not exist. Provide a valid source image.`"""
    return "image" in message_of(error) and "does not exist" in message_of(error)


def _is_about_other_code(error: ClientError) -> bool:
    """`CodeSHA256 (…) is different from current CodeSHA256 in $LATEST (…).`: PublishVersion with a stale hash."""
    return "CodeSHA256" in message_of(error) and "different" in message_of(error)
