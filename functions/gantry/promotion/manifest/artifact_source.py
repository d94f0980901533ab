"""What a manifest says of its artifact: an image in a repository, or an object in a bucket."""

from collections.abc import Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind

REPOSITORY, ARTIFACT = "repository", "artifact"
"""The keys that name the artifact. A manifest has one of them."""


def artifact_kind(top: Mapping[Any, Any]) -> ArtifactKind | None:
    """Return what a manifest deploys, by its top keys; None when it gives both keys for it, or neither."""
    if (REPOSITORY in top) == (ARTIFACT in top):
        return None
    return ArtifactKind.CONTAINER_IMAGE if REPOSITORY in top else ArtifactKind.S3_OBJECT
