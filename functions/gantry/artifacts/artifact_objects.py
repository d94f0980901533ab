"""Objects in the artifact buckets of the pipeline's account."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.artifacts.checksums import digest_of
from gantry.aws.clients import code_of
from gantry.aws.translated_errors import translated
from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_GONE = frozenset(
    {"NoSuchVersion", "NoSuchKey", "NoSuchBucket", "MethodNotAllowed", "InvalidArgument", "404", "405", "400"}
)
"""Errors that last; of what is no version id, too. HeadObject has no body, so only the status is known of its errors:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""

_CLOSED = frozenset({"AccessDenied", "403"})
"""What S3 answers, also of a missing version, to who may not list the bucket:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""

OWN_FOLDER = ".gantry/"
"""Below this, the buckets have Gantry's own copies. They start no promotion."""


def copy_key(artifact: Artifact) -> str:
    """Return the key of an artifact's copy in the bucket of another region."""
    return f"{OWN_FOLDER}{artifact.digest.partition(':')[2]}/{artifact.key}"


def verified_content(found: Mapping[str, Any], digest: str, where: str, most_bytes: int) -> bytes:
    """Return the bytes that an answer of GetObject has, compared with their digest.

    Args:
        found: the answer.
        digest: of the bytes that are wanted.
        where: the object, for people.
        most_bytes: how many there may be.

    Raises:
        ArtifactNotFoundError: its bytes are others.
        ArtifactTypeError: it has more.
    """
    if found["ContentLength"] > most_bytes:
        raise ArtifactTypeError(f"{where} has {found['ContentLength']:,} bytes; {most_bytes:,} are the most")
    content: bytes = found["Body"].read()
    if (has := digest_of(content)) != digest:
        raise ArtifactNotFoundError(f"{where} has the digest {has}, not {digest}")
    return content


class ArtifactObjects:
    """The artifact buckets, as the pipeline's own account reads them."""

    def __init__(self, s3: "S3Client") -> None:
        self._s3 = s3

    def content(self, artifact: Artifact, most_bytes: int) -> bytes:
        """Return the bytes of an artifact, compared with its digest.

        Raises:
            ArtifactNotFoundError: the version was deleted, or may not be read, or its bytes are others.
            ArtifactTypeError: it has more than `most_bytes`.
        """
        with translated(partial(_why_gone, artifact)):
            found = self._s3.get_object(Bucket=artifact.bucket, Key=artifact.key, VersionId=artifact.version or "")
        return verified_content(found, artifact.digest, _place_of(artifact), most_bytes)

    def size(self, artifact: Artifact) -> int:
        """Return how many bytes an artifact has.

        Raises:
            ArtifactNotFoundError: the version was deleted, or may not be read.
        """
        with translated(partial(_why_gone, artifact)):
            found = self._s3.head_object(Bucket=artifact.bucket, Key=artifact.key, VersionId=artifact.version or "")
        return found["ContentLength"]


def _why_gone(artifact: Artifact, error: ClientError) -> ArtifactNotFoundError | None:
    code, where = code_of(error), _place_of(artifact)
    if code in _CLOSED:
        return ArtifactNotFoundError(
            f"{where} does not exist, or the pipeline may not read it ({code}). The parameters ArtifactBuckets and "
            "ArtifactKeyArns name what it may"
        )
    return ArtifactNotFoundError(f"{where} does not exist, or no longer ({code})") if code in _GONE else None


def _place_of(artifact: Artifact) -> str:
    return f"version {artifact.version} of s3://{artifact.location}"
