"""S3 copies only if the destination is as its caller says.

Restores: with `If-Match`, an object is copied only onto one that has this ETag, and with `If-None-Match: *` only where
there is none; otherwise S3 answers 412. The stand-in takes no notice of either.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Look at the destination first."""
    del settings
    put_in_front(s3, "_copy_object", _copy)


def _copy(original: Original, bucket: str, key: str, headers: dict[str, str]) -> Response:
    destination = s3._ensure_bucket(bucket)
    if destination is not None:
        refused: Response | None = s3._check_put_preconditions(headers, destination["objects"].get(key))
        if refused:
            return refused
    copied: Response = original(bucket, key, headers)
    return copied
