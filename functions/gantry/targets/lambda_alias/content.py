"""What changes inside the zip of a function: its size and its digest. Nobody looks into it."""

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.artifacts.whole_object import whole_object_changes
from gantry.promotion.artifact import Artifact
from gantry.promotion.content_changes import ContentChange
from gantry.promotion.target import Target


def changes(target: Target, before: Artifact | None, after: Artifact, objects: ArtifactObjects) -> list[ContentChange]:
    """Return what changes on a target.

    Raises:
        ArtifactNotFoundError: one of the versions was deleted.
    """
    return whole_object_changes(before, after, objects)
