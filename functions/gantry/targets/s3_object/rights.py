"""What a session for one target of this kind may do. The role in the account may do the same with other targets.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from gantry.aws.session_policy import Right
from gantry.promotion.target import Target
from gantry.targets.s3_object.object_target import ObjectTarget

_OF_OBJECTS = ("s3:GetObject", "s3:PutObject")
_OF_THE_BUCKET = (
    "s3:ListBucket",  # without it, S3 says of a missing object that it may not be read
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
    "s3:GetLifecycleConfiguration",
)
_WITHOUT_A_RESOURCE = (
    # For the artifact, whose bucket the target does not name. The role names the buckets.
    "s3:GetObjectVersion",
    # For a customer's keys, of either bucket. The role names the keys.
    "kms:Decrypt",
    "kms:GenerateDataKey",
)


def rights(target: Target) -> tuple[Right, ...]:
    """Return the live key, the folder of Gantry's copies, and what is asked of the bucket."""
    parts = ObjectTarget.of(target)
    objects = (target.arn, f"{parts.bucket_arn}/{parts.folder}*")
    return (
        Right(_OF_OBJECTS, objects),
        Right(_OF_THE_BUCKET, (parts.bucket_arn,)),
        Right(_WITHOUT_A_RESOURCE, ("*",)),
    )
