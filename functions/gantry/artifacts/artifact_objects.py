"""Objects in the artifact buckets of the pipeline's account."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_GONE = frozenset({"NoSuchVersion", "NoSuchKey", "NoSuchBucket", "MethodNotAllowed", "404", "405"})
"""Errors that last. HeadObject has no body, so only the status is known of its errors:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""

OWN_FOLDER = ".gantry/"
"""Below this, the buckets have Gantry's own copies. They start no promotion."""


def copy_key(artifact: Artifact) -> str:
    """Return the key of an artifact's copy in the bucket of another region."""
    return f"{OWN_FOLDER}{artifact.digest.partition(':')[2]}/{artifact.key}"


class ArtifactObjects:
    """The artifact buckets, as the pipeline's own account reads them."""

    def __init__(self, s3: "S3Client") -> None:
        self._s3 = s3

    def content(self, artifact: Artifact, most_bytes: int) -> bytes:
        """Return the bytes of an artifact, compared with its digest.

        Raises:
            ArtifactNotFoundError: the version was deleted, or its bytes are others.
            ArtifactTypeError: it has more than `most_bytes`.
        """
        where = _place_of(artifact)
        with _gone_as_not_found(artifact):
            found = self._s3.get_object(Bucket=artifact.bucket, Key=artifact.key, VersionId=artifact.version or "")
        if found["ContentLength"] > most_bytes:
            raise ArtifactTypeError(f"{where} has {found['ContentLength']:,} bytes; {most_bytes:,} are the most")
        body = found["Body"].read()
        digest = f"sha256:{sha256(body).hexdigest()}"
        if digest != artifact.digest:
            raise ArtifactNotFoundError(f"{where} has the digest {digest}, not {artifact.digest}")
        return body

    def size(self, artifact: Artifact) -> int:
        """Return how many bytes an artifact has.

        Raises:
            ArtifactNotFoundError: the version was deleted.
        """
        with _gone_as_not_found(artifact):
            found = self._s3.head_object(Bucket=artifact.bucket, Key=artifact.key, VersionId=artifact.version or "")
        return found["ContentLength"]


@contextmanager
def _gone_as_not_found(artifact: Artifact) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        raise ArtifactNotFoundError(f"{_place_of(artifact)} does not exist any more ({code_of(error)})") from error


def _place_of(artifact: Artifact) -> str:
    return f"version {artifact.version} of s3://{artifact.location}"
