"""What changes between two releases of many objects, file by file; or of a single object, its size and its digest."""

from collections.abc import Mapping
from dataclasses import replace

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.artifacts.whole_object import in_bytes, whole_object_changes
from gantry.promotion.artifact import Artifact
from gantry.promotion.content_changes import MOST_ROWS, ContentChange, in_order
from gantry.promotion.errors import ArtifactNotFoundError
from gantry.promotion.target import Target
from gantry.targets.s3_object.release_objects import LARGEST_MANIFEST, ReleaseObject, release_objects

_HEADERS = ("cache-control", "content-type")
Files = Mapping[str, ReleaseObject]
"""What a release manifest lists, by key."""


def changes(target: Target, before: Artifact | None, after: Artifact, objects: ArtifactObjects) -> list[ContentChange]:
    """Return what changes on a target. A target with a prefix has many objects behind a pointer.

    Raises:
        ArtifactNotFoundError: one of the versions was deleted, or may not be read.
        ArtifactTypeError: one of them is no release manifest.
    """
    if "prefix" not in target.options:
        return whole_object_changes(before, after, objects)
    old, new = _files(before, objects) if before else {}, _files(after, objects)
    sizes = _Sizes(after, objects)
    found = in_order(file_changes(old, new))
    shown = [sizes.added_to(each, old.get(each.name), new.get(each.name)) for each in found[:MOST_ROWS]]
    return [*shown, *found[MOST_ROWS:]]


def _files(manifest: Artifact, objects: ArtifactObjects) -> Files:
    listed = release_objects(manifest, objects.content(manifest, LARGEST_MANIFEST))
    return {each.key: each for each in listed}


def file_changes(before: Files, after: Files) -> list[ContentChange]:
    """Return every file that is added, removed or has other bytes or headers, sorted by key."""
    return [each for key in sorted(before.keys() | after.keys()) if (each := _change(key, before, after))]


def _change(key: str, before: Files, after: Files) -> ContentChange | None:
    if key not in before:
        return ContentChange(key, "added")
    if key not in after:
        return ContentChange(key, "removed")
    old, new = before[key], after[key]
    different = ["content"] if old.digest != new.digest else []
    different += [name for name in _HEADERS if old.headers.get(name) != new.headers.get(name)]
    return ContentChange(key, "changed", ", ".join(different)) if different else None


class _Sizes:
    """Sizes of files, which lie beside their release manifest."""

    def __init__(self, manifest: Artifact, objects: ArtifactObjects) -> None:
        self._manifest = manifest
        self._objects = objects

    def added_to(self, change: ContentChange, old: ReleaseObject | None, new: ReleaseObject | None) -> ContentChange:
        """Return a change with the sizes of what changes."""
        if old and new and old.digest == new.digest:
            return change
        sizes = [self._of(each) for each in (old, new) if each]
        if len(set(sizes)) == 1:
            return replace(change, detail=", ".join(filter(None, (change.detail, sizes[0]))))
        others = change.detail.removeprefix("content")
        return replace(change, before=sizes[0], after=sizes[1] + others)

    def _of(self, file: ReleaseObject) -> str:
        try:
            return in_bytes(self._objects.size(file.in_bucket(self._manifest)))
        except ArtifactNotFoundError:
            return "unknown size"
