"""One version of an object, as S3 describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gantry.artifacts.checksums import full_digest
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.targets.s3_object.revisions import foreign_revision
from gantry.targets.s3_object.settings import HEADERS, OWN_METADATA

REVISION, BYTES, ARTIFACT = (f"{OWN_METADATA}{name}" for name in ("revision", "bytes", "artifact"))
"""The metadata that says which revision an object is, with which bytes it was written, and whose artifact it is."""
PLACE, FOLDER = (f"{OWN_METADATA}{name}" for name in ("place", "folder"))
"""The metadata that says for which live key it was written, and where Gantry's copies lay then."""
_UNKNOWN = "unknown"
"""Stands for the bytes of what others wrote, where S3 does not know the SHA-256 of all of them."""
_ONLY_S3S = ("Expires", "WebsiteRedirectLocation")
MOST_METADATA = 2048
"""Bytes of metadata besides headers, names and values:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata"""
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of an object."""

    target: ObjectTarget
    """Whose live key or copy it is."""
    key: str
    version: str
    etag: str
    size: int
    digest: str | None
    """The SHA-256 of all its bytes; None when S3 does not know it."""
    headers: Mapping[str, str]
    """By lower-case name."""
    metadata: Mapping[str, str]
    """The user's own and Gantry's."""
    only_s3s: Mapping[str, Any] = field(default_factory=dict)
    """What no manifest sets: Expires and a website's redirect, as the SDK takes them."""
    storage_class: str = "STANDARD"
    body: bytes = field(default=b"", repr=False)
    """Only where it was asked for."""

    @classmethod
    def of(cls, target: ObjectTarget, key: str, response: Mapping[str, Any], body: bytes = b"") -> Self:
        """Return what an answer of HeadObject or GetObject says."""
        return cls(
            target=target,
            key=key,
            version=response.get("VersionId", "null"),
            etag=response["ETag"],
            size=response["ContentLength"],
            digest=full_digest(response),
            headers={name: response[given] for name, given in HEADERS.items() if response.get(given)},
            metadata=response.get("Metadata", {}),
            only_s3s={name: response[name] for name in _ONLY_S3S if response.get(name)},
            storage_class=response.get("StorageClass", "STANDARD"),
            body=body,
        )

    @property
    def is_gantrys(self) -> bool:
        """Whether Gantry wrote it with these bytes, and for this target as it is now.

        A copy that others make keeps the metadata. One from another place says which place; one of the live key itself
        has its bytes, so it counts as Gantry's.
        """
        written, place = self.metadata.get(BYTES), self.metadata.get(PLACE)
        return (
            REVISION in self.metadata
            and written in {_UNKNOWN, self.digest}
            and (place, self.metadata.get(FOLDER)) == (self.target.place, self.target.folder)
        )

    @property
    def folder_before(self) -> str | None:
        """Where Gantry's copies lay when it wrote this under the same live key; None when that is where they lie now.

        Those copies are the way back of all but the live revision.
        """
        folder = self.metadata.get(FOLDER)
        return folder if self.metadata.get(PLACE) == self.target.place and folder != self.target.folder else None

    @property
    def revision(self) -> str:
        """The revision that it is when it lies under the live key."""
        return self.metadata[REVISION] if self.is_gantrys else foreign_revision(self.version)

    @property
    def artifact(self) -> str:
        """The digest of the artifact that it carries. What others wrote is its own; and where S3 does not know the
        SHA-256 of that, its version stands for it, which equals no artifact's.
        """
        own = self.metadata.get(ARTIFACT) if self.is_gantrys else None
        return own or self.digest or f"version:{self.version}"

    @property
    def given_metadata(self) -> dict[str, str]:
        """The headers and the user's metadata, without Gantry's own."""
        own = {name: value for name, value in self.metadata.items() if not name.startswith(OWN_METADATA)}
        return {**self.headers, **own}

    @property
    def bytes_when_restored(self) -> int:
        """How much metadata besides headers this version has once Gantry has written it again."""
        own = own_metadata(self.target, foreign_revision(self.version), self.digest, self.artifact)
        return metadata_bytes({**self.given_metadata, **own})

    @property
    def broken_reason(self) -> str | None:
        """Why it can never be read or copied; None when it can."""
        if self.storage_class in ARCHIVES:
            return f"s3://…/{self.key} is archived ({self.storage_class}). Let no lifecycle rule move it"
        return None


def metadata_bytes(metadata: Mapping[str, str]) -> int:
    """Return the bytes of metadata besides headers, as S3 counts them."""
    return sum(len(f"{name}{value}".encode()) for name, value in metadata.items() if name not in HEADERS)


def own_metadata(target: ObjectTarget, revision: str, digest: str | None, artifact: str) -> dict[str, str]:
    """Return the metadata that Gantry writes with an object."""
    where = {PLACE: target.place, FOLDER: target.folder}
    return {**where, REVISION: revision, BYTES: digest or _UNKNOWN, ARTIFACT: artifact}
