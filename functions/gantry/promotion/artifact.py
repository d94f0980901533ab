"""What is deployed: built once, and the same bytes in every environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ArtifactKind(StrEnum):
    """What an artifact is."""

    CONTAINER_IMAGE = "container_image"
    S3_OBJECT = "s3_object"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact in the assets account."""

    kind: ArtifactKind
    digest: str
    """`sha256:` and 64 hex digits: the bytes that a target gets."""
    location: str
    """Where it lies: the repository's name of a container image, or `<bucket>/<key>` of an object."""
    version: str | None = None
    """The S3 version id of an object."""
    copies: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By region: the bucket to which an object is copied, for targets that read only buckets of their own region."""

    @property
    def bucket(self) -> str:
        """The bucket of an object."""
        return self.location.partition("/")[0]

    @property
    def key(self) -> str:
        """The key of an object."""
        return self.location.partition("/")[2]
