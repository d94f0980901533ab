"""A copy has the checksum of all its bytes by the algorithm that its caller names, and the answer has it too.

Restores: `x-amz-checksum-algorithm` of CopyObject counts, and the answer has the copy's checksums and their type. The
stand-in knows the header by another name only, and answers no checksum.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObjectResult.html
"""

from ministack.services import s3

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_ALGORITHM = "x-amz-checksum-algorithm"
_END = b"</CopyObjectResult>"


def apply(settings: Settings) -> None:
    """Pass the algorithm on, and add to the answer."""
    del settings
    put_in_front(s3, "_copy_object", _copy)


def _copy(original: Original, bucket: str, key: str, headers: dict[str, str]) -> Response:
    named = {"x-amz-sdk-checksum-algorithm": headers[_ALGORITHM]} if _ALGORITHM in headers else {}
    copied: Response = original(bucket, key, {**headers, **named})
    status, answered, body = copied
    destination = s3._ensure_bucket(bucket)
    if status != 200 or destination is None:  # noqa: PLR2004 -- OK
        return copied
    checksums: dict[str, str] = destination["objects"][key].get("checksums") or {}
    elements = "".join(f"<Checksum{name}>{value}</Checksum{name}>" for name, value in checksums.items())
    kind = "<ChecksumType>FULL_OBJECT</ChecksumType>" if checksums else ""
    return status, answered, body.replace(_END, f"{elements}{kind}".encode() + _END)
