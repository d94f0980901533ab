"""Bringing manifests into the pipeline's bucket, each write under the condition that nobody else came first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.place import EXTENSION, FOLDER, is_key_of_some_service, key_of
from gantry.promotion.manifest_origin import SHA256, ManifestOrigin
from gantry.promotion.manifest_sync import ManifestInBucket

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_SOMEBODY_WAS_FIRST = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response"""
_NOT_TO_SEE = {"403", "404", "AccessDenied"}
_AT_ONCE = 8


class ManifestUploads:
    """The bucket, for those who write to it. The functions only read it, by `Manifests`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def get(self, service: str) -> ManifestInBucket | None:
        """Return the newest version of a service's manifest, with its bytes' SHA-256; None when there is none.

        Raises:
            ManifestError: the bucket keeps no versions.
        """
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key_of(service))
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        if "VersionId" not in found:
            raise ManifestError(f"s3://{self._bucket} keeps no versions: turn on its versioning")
        origin = ManifestOrigin.read(found["Metadata"])
        digest = sha256(found["Body"].read()).hexdigest()
        return ManifestInBucket(service, found["ETag"], found["VersionId"], origin, digest)

    def others(self, known: set[str]) -> list[ManifestInBucket]:
        """Return the manifests of all other services whose metadata these credentials may read, without their bytes."""
        services = [each for each in self._services() if each not in known]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [each for each in pool.map(self._head, services) if each]

    def put(self, service: str, content: bytes, origin: ManifestOrigin, etag: str | None) -> str | None:
        """Upload a manifest, and return its revision; None if the one in the bucket is another one by now.

        Args:
            service: whose it is.
            content: its bytes.
            origin: where it comes from.
            etag: of the version that it replaces; None where there was none.
        """
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            put = self._s3.put_object(
                Bucket=self._bucket,
                Key=key_of(service),
                Body=content,
                Metadata=origin.metadata | {SHA256: sha256(content).hexdigest()},
                ContentType="application/yaml",
                ChecksumAlgorithm="SHA256",
                **condition,  # type: ignore[arg-type]  # each is text
            )
        except ClientError as error:
            if code_of(error) in _SOMEBODY_WAS_FIRST:
                return None
            raise
        return put["VersionId"]

    def remove(self, service: str, etag: str) -> bool:
        """Put a delete marker onto a manifest; whether the one in the bucket was still this one. Its versions stay.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
        """
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=key_of(service), IfMatch=etag)
        except ClientError as error:
            if code_of(error) in _SOMEBODY_WAS_FIRST:
                return False
            raise
        return True

    def _services(self) -> Iterator[str]:
        """Yield every service that has a manifest; none where these credentials may not list the bucket."""
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{FOLDER}/"):
                for each in page.get("Contents", []):
                    if is_key_of_some_service(each["Key"]):
                        yield each["Key"].removeprefix(f"{FOLDER}/").removesuffix(EXTENSION)
        except ClientError as error:
            if code_of(error) not in _NOT_TO_SEE:
                raise

    def _head(self, service: str) -> ManifestInBucket | None:
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=key_of(service))
        except ClientError as error:
            if code_of(error) in _NOT_TO_SEE:
                return None
            raise
        origin = ManifestOrigin.read(found["Metadata"])
        return ManifestInBucket(service, found["ETag"], found.get("VersionId", "null"), origin)
