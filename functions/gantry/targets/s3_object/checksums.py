"""SHA-256 of whole objects, as S3 and Gantry write it."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def full_digest(response: Mapping[str, Any]) -> str | None:
    """Return `sha256:<hex>` of all bytes; None when S3 does not know it.

    A multipart upload has the checksum of its parts' checksums:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    """
    checksum = str(response.get("ChecksumSHA256") or "")
    if not checksum or "-" in checksum or response.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT":
        return None
    return f"sha256:{b64decode(checksum).hex()}"


def digest_of(content: bytes) -> str:
    """Return the digest of bytes."""
    return f"sha256:{sha256(content).hexdigest()}"


def checksum_of(content: bytes) -> str:
    """Return their SHA-256 as S3 takes it."""
    return b64encode(sha256(content).digest()).decode()
