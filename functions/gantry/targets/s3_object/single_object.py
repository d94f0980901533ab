"""One object under its key."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ArtifactNotFoundError
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.form import StoredSettings, given, require_same
from gantry.targets.s3_object.immutable_copies import ImmutableCopies, WantedCopy
from gantry.targets.s3_object.release_objects import LARGEST_LIVE
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.source import Source
from gantry.targets.s3_object.stored_object import StoredObject, own_metadata


class SingleObject:
    """The artifact is the object. Its prepared object is a copy with the metadata of the live one."""

    content_type = "binary/octet-stream"
    """S3's own default."""

    def __init__(self, bucket: Bucket, artifact_account: str) -> None:
        self._bucket = bucket
        self._artifact_account = artifact_account

    def refusal(self, artifact: Artifact) -> str | None:
        """Return what to do with an artifact that is too large to be copied while everybody waits."""
        try:
            size = self._bucket.size_of(Source.of(artifact, self._artifact_account))
        except ArtifactNotFoundError:  # for `prepare` to say
            return None
        if size <= LARGEST_LIVE:
            return None
        return (
            f"s3://{artifact.location} has {size:,} bytes, and the live key takes {LARGEST_LIVE:,} at most: a rollback "
            "has seconds to copy it. Put it behind a pointer: list it in a release manifest, and give prefix and "
            "pointer instead of key"
        )

    def prepare(self, artifact: Artifact, revision: str, wanted: Settings) -> None:
        """Copy the artifact, with the metadata that the live key is to have."""
        own = own_metadata(self._bucket.target, revision, artifact.digest, artifact.digest)
        key = self._bucket.target.prepared_key(revision)
        found = ImmutableCopies(self._bucket).copy(
            WantedCopy(Source.of(artifact, self._artifact_account), key, artifact.digest, given(wanted, own))
        )
        if found:
            require_same(self._bucket, found, StoredSettings(artifact.digest, wanted), self.settings(found))

    def settings(self, prepared: StoredObject) -> Settings:
        """Return its metadata."""
        return Settings(prepared.given_metadata)

    def missing(self, prepared: StoredObject) -> str | None:
        """Return None: it is all there is."""
        del prepared
        return None

    def write(self, prepared: StoredObject, condition: Mapping[str, Any]) -> str:
        """Copy it, with its metadata."""
        version, _ = self._bucket.copy_version(self._bucket.own_source(prepared), self._bucket.target.key, **condition)
        return version
