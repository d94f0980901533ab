"""Who copies an object with its tags needs rights for the tags too.

Restores: a copy takes the tags of its source, unless `x-amz-tagging-directive` is REPLACE. Then its caller has to be
allowed to read the tags, of the version if one is named, and to put them. The library asks for neither.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://repost.aws/knowledge-center/s3-troubleshoot-copy-between-buckets
"""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.repairs.s3.copy_source import CopySource, copies_no_tags
from sandbox.stand_in.repairs.scope import in_scope
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Ask for them."""
    del settings
    put_in_front(s3, "_copy_object", _copy)


def _copy(original: Original, bucket: str, key: str, headers: dict[str, str]) -> Response:
    source = CopySource.of(headers)
    if not copies_no_tags(headers) and _has_tags(source):
        reading = "s3:GetObjectVersionTagging" if source.version else "s3:GetObjectTagging"
        for action, arn in ((reading, source.arn), ("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/{key}")):
            if not _caller_may(action, arn):
                refused: Response = s3._error("AccessDenied", _refusal(action, arn), 403, f"/{bucket}/{key}")
                return refused
    copied: Response = original(bucket, key, headers)
    return copied


def _has_tags(source: CopySource) -> bool:
    owner = s3._bucket_owner_account(source.bucket) or get_account_id()
    return bool(in_scope(owner, get_region(), _tags_of, source))


def _tags_of(source: CopySource) -> object:
    current = (s3._buckets.get(source.bucket) or {"objects": {}})["objects"].get(source.key) or {}
    return s3._object_tags.get((source.bucket, source.key, source.version or current.get("version_id")))


def _caller_may(action: str, arn: str) -> bool:
    """Whether the request's caller may do this too. An account's root user has no key whose signature is checked."""
    key = iam_evaluator._verified_key.get()
    return not key or iam_evaluator.enforce(key, action, "s3", get_region(), arn) is None


def _refusal(action: str, arn: str) -> str:
    return f"User: {iam_evaluator.caller_arn()} is not authorized to perform: {action} on resource: {arn}"
