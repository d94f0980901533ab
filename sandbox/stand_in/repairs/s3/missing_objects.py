"""What is missing is forbidden to who may not list the bucket.

Restores: without `s3:ListBucket`, S3 answers 403 for an object or a version that does not exist. The library answers
404 to everybody who may read it if it existed. The message names the right that is missing.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
"""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.repairs.s3.copy_source import CopySource
from sandbox.stand_in.settings import Settings

_NOT_FOUND = 404
_MISSING = (b"<Code>NoSuchKey</Code>", b"<Code>NoSuchVersion</Code>")


def apply(settings: Settings) -> None:
    """Look at answers to reading and copying."""
    del settings
    for name in ("_get_object", "_head_object"):
        put_in_front(s3, name, _read)
    put_in_front(s3, "_copy_object", _copy)


def _read(original: Original, bucket: str, key: str, *arguments: object, **options: object) -> Response:
    found: Response = original(bucket, key, *arguments, **options)
    return _as_told(found, bucket, key)


def _copy(original: Original, bucket: str, key: str, headers: dict[str, str]) -> Response:
    source = CopySource.of(headers)
    copied: Response = original(bucket, key, headers)
    return _as_told(copied, source.bucket, source.key)


def _as_told(found: Response, bucket: str, key: str) -> Response:
    is_missing = found[0] == _NOT_FOUND and any(each in found[2] for each in _MISSING)
    if not is_missing or may_list(bucket):
        return found
    message = f"User is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::{bucket}"
    refused: Response = s3._error("AccessDenied", message, 403, f"/{bucket}/{key}")
    return refused


def may_list(bucket: str) -> bool:
    """Whether the request's caller may. An account's root user has no key whose signature is checked."""
    signed = iam_evaluator._verified_key.get()
    arn = f"arn:aws:s3:::{bucket}"
    if signed and iam_evaluator.enforce(signed, "s3:ListBucket", "s3", get_region(), arn) is not None:
        return False
    owner, account = s3._bucket_owner_account(bucket), get_account_id()
    return owner in {None, account} or bool(s3._foreign_bucket_allows(owner, bucket, "", "GET", {}, account))
