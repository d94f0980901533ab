"""SHA-256 of whole artifacts, as AWS' services and Gantry write it."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def digest_of(content: bytes) -> str:
    """Return the digest of bytes: `sha256:` and 64 hex digits."""
    return f"sha256:{sha256(content).hexdigest()}"


def checksum_of(content: bytes) -> str:
    """Return their SHA-256 as S3 and Lambda write it, in base64."""
    return b64encode(sha256(content).digest()).decode()


def digest_in(checksum: str) -> str:
    """Return the digest in such a SHA-256."""
    return f"sha256:{b64decode(checksum).hex()}"


def full_digest(response: Mapping[str, Any]) -> str | None:
    """Return the digest of all bytes that a response of S3 has; None when it has none, or one of parts only.

    The checksum of a multipart upload is made of those of its parts, and ends with their number:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    """
    checksum = str(response.get("ChecksumSHA256") or "")
    if not checksum or "-" in checksum or response.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT":
        return None
    return digest_in(checksum)
