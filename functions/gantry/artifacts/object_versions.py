"""Versions of objects in the artifact buckets: which bytes one holds, its tag, who pushed it, and if it is current."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.artifacts.artifact_objects import OWN_FOLDER
from gantry.artifacts.checksums import full_digest
from gantry.artifacts.object_copies import LARGEST, ObjectCopies
from gantry.aws.clients import code_of, message_of
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError
from gantry.promotion.promotion_origin import as_name
from gantry.promotion.release import TAG_PATTERN
from gantry.promotion.source import OBJECT_METADATA, Source

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

NO_VERSION = "null"
"""The version of what was written while the bucket kept no versions. Writing it again replaces it:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"""

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
_MISSING: Mapping[str, str] = {
    "NoSuchBucket": "there is no such bucket. Correct its name in the manifest",
    "NoSuchKey": "there is no such object. Upload it, or correct the key in the manifest",
    "NoSuchVersion": "there is no such version. List them with `aws s3api list-object-versions`",
    "InvalidArgument": "this is no version id. List them with `aws s3api list-object-versions`",
    "MethodNotAllowed": "this version is a delete marker. Name an older version, or upload the object again",
    "AccessDenied": "it does not exist, or the pipeline may not read it. The parameters ArtifactBuckets and "
    "ArtifactKeyArns name what it may",
}
_UNUSABLE: Mapping[str, str] = {
    "InvalidRequest": "it is encrypted with a key that only its sender has (SSE-C). Upload it without one",
    "InvalidObjectState": "it is archived. Upload it again, and let no lifecycle rule move what may be deployed",
}


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """A version that can be deployed, and what its metadata says."""

    artifact: Artifact
    tag: str | None = None
    """The metadata `tag`; None when there is none that can be a tag."""
    pushed_by: str | None = None
    """The metadata `pushed-by`; None when there is none that can be a name."""
    source: Source | None = None
    """Where it comes from, by the metadata `source`, `revision` and `run`; None where it does not say."""


class ObjectVersions:
    """The artifact buckets of the pipeline's own region."""

    def __init__(self, s3: "S3Client", copies: ObjectCopies) -> None:
        self._s3 = s3
        self._copies = copies

    def resolve(self, location: str, version: str, copies: Mapping[str, str]) -> ObjectVersion:
        """Return a version of an object, with the digest of all its bytes.

        Where S3 does not know the SHA-256 of all bytes, S3 copies the version once and computes it. This may take
        minutes.

        Args:
            location: `<bucket>/<key>` of the object.
            version: its S3 version id.
            copies: by region, the bucket in which targets there find it.

        Raises:
            ArtifactNotFoundError: there is no such version, or the pipeline may not read it.
            ArtifactTypeError: it can never be deployed.
        """
        found = self._usable(location, version)
        return _described(found, full_digest(found) or self._computed(location, version), location, version, copies)

    def look(
        self, location: str, version: str, copies: Mapping[str, str], known_digest: str | None = None
    ) -> ObjectVersion | None:
        """Return the same without writing a copy; None if nobody knows the digest of all bytes.

        Args:
            location: `<bucket>/<key>` of the object.
            version: its S3 version id.
            copies: by region, the bucket in which targets there find it.
            known_digest: the version's digest, as somebody else knows it; a version never changes.

        Raises:
            ArtifactNotFoundError, ArtifactTypeError: as `resolve` says.
        """
        found = self._usable(location, version)
        digest = full_digest(found) or known_digest
        return _described(found, digest, location, version, copies) if digest else None

    def _usable(self, location: str, version: str) -> Mapping[str, Any]:
        """Return what S3 says of a version that can be deployed."""
        if version == NO_VERSION:
            raise ArtifactTypeError(
                f"s3://{location} was written while its bucket kept no versions, so its bytes may be replaced. Turn on "
                "the bucket's versioning, and upload it again"
            )
        name = f"version {version} of s3://{location}"
        found = self._found(location, version, name)
        if found["ContentLength"] > LARGEST:
            raise ArtifactTypeError(f"{name} has {found['ContentLength']:,} bytes; {LARGEST:,} are the most")
        return found

    def is_current(self, location: str, version: str) -> bool:
        """Whether a version is its object's newest one. It is not when the object was deleted since.

        Versions are listed in the order of their keys, the newest one of each first:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
        """
        bucket, _, key = location.partition("/")
        listed = self._s3.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=1)
        return any((each["Key"], each["VersionId"]) == (key, version) for each in listed.get("Versions", []))

    def _found(self, location: str, version: str, name: str) -> Mapping[str, Any]:
        """Return what S3 says of a version. GetObject, because HeadObject does not say what is wrong.

        The bytes are not read: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        """
        bucket, _, key = location.partition("/")
        try:
            found = self._s3.get_object(Bucket=bucket, Key=key, VersionId=version, ChecksumMode="ENABLED")
        except ClientError as error:
            code = code_of(error)
            if why := _UNUSABLE.get(code):
                raise ArtifactTypeError(f"{name} cannot be deployed: {why} ({message_of(error)})") from error
            if why := _MISSING.get(code):
                raise ArtifactNotFoundError(f"{name} was not found: {why} ({code}: {message_of(error)})") from error
            raise
        found["Body"].close()
        return found

    def _computed(self, location: str, version: str) -> str:
        bucket, _, key = location.partition("/")
        copy = f"{OWN_FOLDER}versions/{version}/{key}"
        if digest := self._copies.copy(location, version, bucket, copy):
            return digest
        raise ArtifactTypeError(
            f"s3://{bucket}/{copy} has no SHA-256 of all its bytes, so it is no copy of Gantry's. Delete it, and "
            "promote the version again"
        )


def _described(
    found: Mapping[str, Any], digest: str, location: str, version: str, copies: Mapping[str, str]
) -> ObjectVersion:
    metadata = found["Metadata"]
    named = re.fullmatch(TAG_PATTERN, metadata.get("tag", ""))
    artifact = Artifact(ArtifactKind.S3_OBJECT, digest, location, version, copies)
    source = Source.labelled(OBJECT_METADATA, metadata)
    return ObjectVersion(artifact, named[0] if named else None, as_name(metadata.get("pushed-by")), source)
