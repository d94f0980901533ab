"""What a session for one target of this kind may do. The role in the account may do the same with other targets.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from gantry.aws.session_policy import Right
from gantry.promotion.artifact import Artifact
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.release_objects import folder_of

_OF_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
_OF_THE_BUCKET = (
    "s3:ListBucket",  # without it, S3 says of a missing object that it may not be read
    "s3:ListBucketVersions",
    "s3:GetBucketVersioning",
    "s3:GetLifecycleConfiguration",
)
_WITHOUT_A_RESOURCE = (
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


def copying_rights(target: Target, artifact: Artifact) -> tuple[Right, ...]:
    """Return what a session needs that copies an artifact: it, or all that lies beside it where it lists many."""
    bucket = f"arn:{partition_of(target.region).name}:s3:::{artifact.bucket}"
    is_list = bool(ObjectTarget.of(target).prefix)
    source = f"{folder_of(artifact)}*" if is_list else artifact.key
    return (
        *rights(target),
        Right(("s3:GetObjectVersion",), (f"{bucket}/{source}",)),
        Right(("s3:ListBucket",), (bucket,)),
    )
