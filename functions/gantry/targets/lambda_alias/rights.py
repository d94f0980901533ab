"""What a session for one target of this kind may do. The role in the account may do the same with other targets."""

from gantry.aws.session_policy import Right
from gantry.promotion.artifact import Artifact
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.zip_place import zip_place

_OF_THE_FUNCTION = (
    "lambda:GetFunction",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:PublishVersion",
    "lambda:GetAlias",
    "lambda:CreateAlias",
    "lambda:UpdateAlias",
    "lambda:GetProvisionedConcurrencyConfig",
)
_WITHOUT_A_RESOURCE = (
    # Lambda checks these when it is given an image, whose repository the role names.
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "cloudwatch:GetMetricData",
    # Lambda reads layers with this. The role names them.
    "lambda:GetLayerVersion",
    # For variables and zips that a customer's key encrypts. The role names the keys.
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
)


def rights(target: Target) -> tuple[Right, ...]:
    """Return the function with its versions, and the one role that it may be given."""
    parts = LambdaTarget.of(target)
    function = parts.function_arn
    passing = (Right(("iam:PassRole",), (parts.role,)),) if parts.role else ()
    return (Right(_OF_THE_FUNCTION, (function, f"{function}:*")), *passing, Right(_WITHOUT_A_RESOURCE, ("*",)))


def preparing_rights(target: Target, artifact: Artifact, pipeline_region: str) -> tuple[Right, ...]:
    """Return what a session needs that makes a version of an artifact: Lambda reads a zip with the caller's rights.

    Without ListBucket, S3 says of a missing object that it may not be read:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    place = zip_place(artifact, target.region, pipeline_region)
    if place is None:
        return rights(target)
    bucket, key = (f"arn:{partition_of(target.region).name}:s3:::{each}" for each in (place[0], "/".join(place)))
    reading = Right(("s3:GetObject", "s3:GetObjectVersion"), (key,))
    return (*rights(target), reading, Right(("s3:ListBucket",), (bucket,)))


def invoking_rights(target: Target, version: str) -> tuple[Right, ...]:
    """Return the right to invoke one version, for a session that wakes it or checks it."""
    parts = LambdaTarget.of(target)
    function = parts.function_arn
    return (Right(("lambda:InvokeFunction",), (f"{function}:{version}",)),)
