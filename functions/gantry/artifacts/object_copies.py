"""Copies of an artifact that S3 makes for Gantry, each with the SHA-256 of all its bytes."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.artifacts.checksums import full_digest
from gantry.aws.clients import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LARGEST = 5 * 1024**3
"""Bytes. S3 copies no more in one call: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""


class ObjectCopies:
    """Copies into buckets of one region. None is ever made twice or overwritten."""

    def __init__(self, s3: "S3Client") -> None:
        self._s3 = s3

    def copy(self, location: str, version: str, bucket: str, key: str) -> str | None:
        """Copy a version of an object unless the copy is there already, and return the copy's digest.

        None means that somebody else has written there, so that nobody knows what it is.

        A copy is a single part, also that of a multipart upload, so its checksum is that of all its bytes:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html. It has neither metadata nor tags, which
        would need more rights.

        Args:
            location: `<bucket>/<key>` of the object.
            version: its S3 version id.
            bucket: the bucket that gets the copy.
            key: the copy's key.
        """
        source, _, source_key = location.partition("/")
        try:
            made = self._s3.copy_object(
                Bucket=bucket,
                Key=key,
                CopySource={"Bucket": source, "Key": source_key, "VersionId": version},
                ChecksumAlgorithm="SHA256",
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                IfNoneMatch="*",
            )["CopyObjectResult"]
        except ClientError as error:
            if code_of(error) != "PreconditionFailed":
                raise
            made = {}
        return full_digest(made) or full_digest(self._s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED"))
