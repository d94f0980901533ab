"""What Lambda's refusals of zips and layers mean to a deployment. A refusal says S3's own code in its text."""

import re

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import ArtifactNotFoundError, IncompatibleTargetError, TargetAccessError
from gantry.promotion.gantry_error import GantryError
from gantry.targets.lambda_alias.lambda_target import LambdaTarget

_LAYER_GRANT = (
    "add the layer to the target stack's LayerPatterns. A layer of another account also needs a policy that lets this "
    "account use that version, and a version that does not exist is refused in the same words"
)
"""https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html,
https://github.com/aws-amplify/amplify-cli/issues/8898"""
# https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#API_UpdateFunctionCode_Errors
_REMEDIES = {
    "CodeStorageExceededException": "the account has no room for more code in this region: delete versions that nobody "
    "goes back to, or ask AWS for more",
    "CodeVerificationFailedException": "the function takes signed zips only: sign it before it is uploaded",
    "InvalidCodeSignatureException": "the zip's signature is not its own: sign it again, and upload that",
}
_S3_CODE = re.compile(r"S3 Error Code: (\w+)")
"""`Your access has been denied by S3, … S3 Error Code: AccessDenied. S3 Error Message: Access Denied`, with 403:
https://github.com/binxio/cfn-lb-ip-address-provider/issues/4. And with 400,
`Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: …`:
https://github.com/aws-samples/aws-codepipeline-bitbucket-integration/issues/7"""


def meaning_for_zips(error: ClientError, target: LambdaTarget) -> GantryError | None:
    """Return Gantry's error for a refusal of a zip or a layer; None when it is about something else."""
    said = f"{target.id}: {message_of(error)}"
    if remedy := _REMEDIES.get(code_of(error)):
        return IncompatibleTargetError(f"{said}: {remedy}")
    if "lambda:GetLayerVersion" in message_of(error):
        return TargetAccessError(f"{said}: {_LAYER_GRANT}")
    found = _S3_CODE.search(message_of(error))
    match found and found[1]:
        case None:
            return None
        case "AccessDenied":
            return TargetAccessError(f"{said}: the zip does not exist, or may not be read: {reading_grants(target)}")
        case "PermanentRedirect":
            remedy = f"the bucket is not in {target.region}: name one that is in artifact.buckets"
            return IncompatibleTargetError(f"{said}: {remedy}")
        case _:
            return ArtifactNotFoundError(said)


def reading_grants(target: LambdaTarget) -> str:
    """Return what the target's account needs before its functions can be made of a zip.

    Lambda reads it as its caller, so both sides have to allow it:
    https://github.com/buildkite/elastic-ci-stack-for-aws/issues/564
    """
    root = f"arn:{partition_of(target.region).name}:iam::{target.account}:root"
    return (
        "add the bucket to the target stack's ArtifactBuckets, and let the bucket's policy allow s3:GetObject, "
        f"s3:GetObjectVersion and, for the bucket itself, s3:ListBucket for {root}. If a customer's key encrypts the "
        f"object, add it to ArtifactKeyArns, and let the key's policy allow kms:Decrypt for {root}"
    )
