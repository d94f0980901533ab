"""The bucket of a target, as its role reads and writes it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.artifacts.artifact_objects import verified_content
from gantry.artifacts.checksums import checksum_of, full_digest
from gantry.aws.clients import code_of
from gantry.promotion.errors import ArtifactNotFoundError
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.s3_errors import ABSENT, REFUSED, s3_errors
from gantry.targets.s3_object.source import Source
from gantry.targets.s3_object.stored_object import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import LifecycleRuleOutputTypeDef

_DELETED = frozenset({"405", "MethodNotAllowed"})
"""A version that is a delete marker."""
_NO_VERSION = ABSENT | _DELETED | {"InvalidArgument"}
"""S3 calls it an invalid argument where a version id is none."""
_UNNAMED = "400"
"""HeadObject has no body that would say why: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""


class WriteRefusedError(Exception):
    """A condition of a write is not met: the key has another object than was said, or one although none was."""


class Bucket:
    """One bucket. Every method raises what `s3_errors` says.

    Args:
        client: a session for the target.
        target: the target.
    """

    def __init__(self, client: "S3Client", target: ObjectTarget) -> None:
        self._client = client
        self.target = target
        self._owned: dict[str, Any] = {"Bucket": target.bucket, "ExpectedBucketOwner": target.account}

    def look_at(self, key: str, version: str | None = None) -> StoredObject | None:
        """Return an object, or one version of it; None when there is none, or a delete marker."""
        given: dict[str, Any] = {"VersionId": version} if version else {}
        absent = _NO_VERSION if version else ABSENT
        with s3_errors(self.target):
            try:
                found = self._head(**self._owned, Key=key, ChecksumMode="ENABLED", **given)
            except ClientError as error:
                if code_of(error) not in absent:
                    raise
                return None
        return StoredObject.of(self.target, key, found)

    def read_small(self, key: str) -> StoredObject | None:
        """Return an object with its bytes, which are few; None when there is none."""
        with s3_errors(self.target):
            try:
                found = self._client.get_object(**self._owned, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) not in ABSENT:
                    raise
                return None
            return StoredObject.of(self.target, key, found, found["Body"].read())

    def artifact_content(self, source: Source, digest: str, most_bytes: int) -> bytes:
        """Return the bytes of a small version in an artifact bucket, compared with its digest.

        Raises:
            ArtifactNotFoundError: there is no such version, or its bytes are others.
            ArtifactTypeError: it has more than `most_bytes`.
        """
        with s3_errors(self.target):
            found = self._client.get_object(
                Bucket=source.bucket, Key=source.key, VersionId=source.version, ExpectedBucketOwner=source.owner
            )
            return verified_content(found, digest, str(source), most_bytes)

    def size_of(self, source: Source) -> int:
        """Return the size of a version in an artifact bucket.

        Raises:
            ArtifactNotFoundError: there is no such version.
        """
        with s3_errors(self.target):
            try:
                found = self._head(**source.request, ExpectedBucketOwner=source.owner)
            except ClientError as error:
                if code_of(error) not in _NO_VERSION:
                    raise
                raise ArtifactNotFoundError(f"{self.target.id}: there is no {source}") from error
        size: int = found["ContentLength"]
        return size

    def copy_version(self, source: Source, key: str, **given: Any) -> tuple[str, str | None]:  # noqa: ANN401 -- S3's own arguments
        """Copy a version to a key by one conditional write; return the new version's id and its digest.

        A copy is one part, also that of a multipart upload, so its checksum is that of all bytes. Tags are not copied,
        which would need more rights: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

        Raises:
            WriteRefusedError: the condition is not met.
        """
        asked = {
            **self._owned,
            "Key": key,
            "CopySource": source.request,
            "ExpectedSourceBucketOwner": source.owner,
            "ChecksumAlgorithm": "SHA256",
            "TaggingDirective": "REPLACE",
        }
        with s3_errors(self.target), _conditions(given):
            made = self._client.copy_object(**{**asked, **given})
        return made["VersionId"], full_digest(made["CopyObjectResult"])

    def put_bytes(self, key: str, body: bytes, **given: Any) -> str:  # noqa: ANN401 -- S3's own arguments
        """Write bytes by one conditional write; return the new version's id.

        Raises:
            WriteRefusedError: the condition is not met.
        """
        asked = {**self._owned, "Key": key, "Body": body, "ChecksumSHA256": checksum_of(body), **given}
        with s3_errors(self.target), _conditions(given):
            return self._client.put_object(**asked)["VersionId"]

    def own_source(self, found: StoredObject) -> Source:
        """Return an object of this bucket as what is copied."""
        return Source(self.target.bucket, found.key, found.version, self.target.account)

    def version_below(self, key: str, version: str) -> str | None:
        """Return what was the current version, or a delete marker, right before a version was written.

        The newest version comes first: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        """
        with s3_errors(self.target):
            found = self._client.list_object_versions(
                **self._owned,
                Prefix=key,
                KeyMarker=key,
                VersionIdMarker=version,
                MaxKeys=1,
            )
        listed = [each for each in (*found.get("Versions", []), *found.get("DeleteMarkers", [])) if each["Key"] == key]
        return listed[0]["VersionId"] if listed else None

    def classes_below(self, folder: str) -> dict[str, str]:
        """Return the storage class of each object below a folder, by its key; of a thousand at most."""
        with s3_errors(self.target):
            found = self._client.list_objects_v2(**self._owned, Prefix=folder)
        return {each["Key"]: each.get("StorageClass", "STANDARD") for each in found.get("Contents", [])}

    def _head(self, **asked: Any) -> Any:  # noqa: ANN401 -- S3's own arguments and answer
        """Return what S3 says of an object. Where it refuses without a reason, ask for the object, which names it."""
        try:
            return self._client.head_object(**asked)
        except ClientError as error:
            if code_of(error) != _UNNAMED:
                raise
        found = self._client.get_object(**asked)
        found["Body"].close()
        return found

    def keeps_versions(self) -> bool:
        """Whether the bucket's versioning is on."""
        with s3_errors(self.target):
            found = self._client.get_bucket_versioning(**self._owned)
        return found.get("Status") == "Enabled"

    def lifecycle_rules(self) -> "list[LifecycleRuleOutputTypeDef]":
        """Return the bucket's lifecycle rules."""
        with s3_errors(self.target):
            try:
                return self._client.get_bucket_lifecycle_configuration(**self._owned)["Rules"]
            except ClientError as error:
                if code_of(error) != "NoSuchLifecycleConfiguration":
                    raise
                return []


@contextmanager
def _conditions(given: Mapping[str, Any]) -> Iterator[None]:
    """Raise WriteRefusedError where a condition is not met. Having no object does not meet IfMatch."""
    try:
        yield
    except ClientError as error:
        if code_of(error) == REFUSED or ("IfMatch" in given and code_of(error) in ABSENT):
            raise WriteRefusedError from error
        raise
