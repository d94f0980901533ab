"""What changes between two versions of an object that nobody looks into: its size and its digest."""

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.promotion.artifact import Artifact
from gantry.promotion.content_changes import ContentChange


def whole_object_changes(before: Artifact | None, after: Artifact, objects: ArtifactObjects) -> list[ContentChange]:
    """Return the object as one part, with sizes and digests.

    Raises:
        ArtifactNotFoundError: one of the versions was deleted.
    """
    if before is None:
        return [ContentChange(after.key, "added", f"{in_bytes(objects.size(after))}, {after.digest}")]
    if before.digest == after.digest:
        return []
    old, new = in_bytes(objects.size(before)), in_bytes(objects.size(after))
    return [ContentChange(after.key, "changed", before=f"{old}, {before.digest}", after=f"{new}, {after.digest}")]


def in_bytes(size: int) -> str:
    """Return a size for people."""
    return f"{size:,} bytes"
