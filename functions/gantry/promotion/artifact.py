"""What is deployed: built once, and the same bytes in every environment."""

from dataclasses import dataclass
from enum import StrEnum


class ArtifactKind(StrEnum):
    """What an artifact is."""

    CONTAINER_IMAGE = "container_image"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact in the assets account."""

    kind: ArtifactKind
    digest: str
    """`sha256:` and 64 hex digits: the bytes that a target gets."""
    location: str
    """Where it lies: the repository's name of a container image."""
