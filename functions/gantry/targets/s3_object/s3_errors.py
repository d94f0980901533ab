"""What S3's refusals mean to a deployment."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.translated_errors import translated
from gantry.promotion.errors import (
    ArtifactNotFoundError,
    ArtifactTypeError,
    RevisionUnusableError,
    TargetAccessError,
    TargetConflictError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.targets.s3_object.object_target import ObjectTarget

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList; HeadObject gives the status alone.
ABSENT = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
REFUSED = "PreconditionFailed"
_GRANT = (
    "what it names does not exist, or the role may not use it. The target stack's BucketKeyPatterns have to cover the "
    "key and what lies beside it, its ArtifactBuckets the source, and both buckets' policies and keys have to let the "
    "role in"
)
_CLOSED = (TargetAccessError, f": {_GRANT}")
_BUSY = (TargetConflictError, " (somebody else writes the same key)")
_GONE = (ArtifactNotFoundError, "")
_MEANINGS: Mapping[str, tuple[type[GantryError], str]] = {
    "AccessDenied": _CLOSED,
    "403": _CLOSED,
    "KMS.DisabledException": _CLOSED,
    "KMS.NotFoundException": _CLOSED,
    "NoSuchBucket": (TargetNotFoundError, ". Create the bucket, or correct the manifest"),
    "ConditionalRequestConflict": _BUSY,
    "OperationAborted": _BUSY,
    "NoSuchKey": _GONE,
    "NoSuchVersion": _GONE,
    "InvalidObjectState": (RevisionUnusableError, ": it is archived"),
    "EntityTooLarge": (ArtifactTypeError, ": S3 copies 5 GB at most"),
}


def s3_errors(target: ObjectTarget) -> AbstractContextManager[None]:
    """Raise Gantry's errors in place of S3's. An error that no machine decides on stays as it is.

    Raises:
        TargetAccessError: the role in the workload account, a bucket's policy or a key's policy refuses it.
        TargetNotFoundError: there is no such bucket.
        TargetConflictError: another write of the same key is in progress.
        ArtifactNotFoundError: the source is gone.
        ArtifactTypeError: the source is too large.
        RevisionUnusableError: the source is archived.
    """
    return translated(lambda error: _meaning(error, target))


def _meaning(error: ClientError, target: ObjectTarget) -> GantryError | None:
    code = code_of(error)
    if code not in _MEANINGS:
        return None
    meaning, remedy = _MEANINGS[code]
    return meaning(f"{target.id}: {message_of(error) or code}{remedy}")
