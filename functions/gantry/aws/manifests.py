"""The manifests of the services, in the pipeline's versioned bucket."""

import os
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from gantry.aws.clients import client, code_of
from gantry.promotion.errors import ManifestError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_MOST_BYTES = 128 * 1024
"""Far beyond any manifest, and little enough for a YAML parser in a small function."""


class Manifests:
    """One object a service: `services/<repository>.yaml`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @classmethod
    def from_env(cls) -> Self:
        """From the variable MANIFEST_BUCKET."""
        return cls(client("s3"), os.environ["MANIFEST_BUCKET"])

    def latest(self, service: str) -> tuple[str, str] | None:
        """The manifest's text and its revision, the S3 version id; None when the service has none.

        A key that is missing is only told from one that is forbidden to who may list the bucket:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

        Raises:
            ManifestError: it is too long or no UTF-8 text, or the bucket keeps no versions.
        """
        key = f"services/{service}.yaml"
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        where = f"s3://{self._bucket}/{key}"
        content = found["Body"].read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ManifestError(f"{where} is longer than {_MOST_BYTES // 1024} KiB")
        revision = found.get("VersionId", "null")
        if revision == "null":
            raise ManifestError(f"{where} has no version id: turn on the bucket's versioning and upload it again")
        try:
            return content.decode(), revision
        except UnicodeDecodeError as error:
            raise ManifestError(f"{where} is not UTF-8 text: {error}") from error
