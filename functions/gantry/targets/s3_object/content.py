"""What changes between two releases of many objects, file by file; or of a single object, its size and its digest."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.artifacts.whole_object import in_bytes, whole_object_changes
from gantry.promotion.artifact import Artifact
from gantry.promotion.content_changes import MOST_ROWS, ContentChange, in_order
from gantry.promotion.errors import ArtifactNotFoundError, ArtifactTypeError
from gantry.promotion.target import Target

_MOST_BYTES = 1024 * 1024
_HEADERS = ("cache_control", "content_type")
Files = Mapping[str, Mapping[str, Any]]
"""What a release manifest says of each file, by its key."""


def changes(target: Target, before: Artifact | None, after: Artifact, objects: ArtifactObjects) -> list[ContentChange]:
    """Return what changes on a target. A target with a prefix has many objects behind a pointer.

    Raises:
        ArtifactNotFoundError: one of the versions was deleted.
        ArtifactTypeError: one of them is no release manifest.
    """
    if "prefix" not in target.options:
        return whole_object_changes(before, after, objects)
    old = listed_files(objects.content(before, _MOST_BYTES)) if before else {}
    new = listed_files(objects.content(after, _MOST_BYTES))
    sizes = _Sizes(after, objects)
    found = in_order(file_changes(old, new))
    shown = [sizes.added_to(each, old.get(each.name), new.get(each.name)) for each in found[:MOST_ROWS]]
    return [*shown, *found[MOST_ROWS:]]


def listed_files(manifest: bytes) -> Files:
    """Return the files that a release manifest lists.

    Raises:
        ArtifactTypeError: it is none, or lists a file twice.
    """
    try:
        listed = [(str(each["key"]), {**each, "sha256": each["sha256"]}) for each in json.loads(manifest)["objects"]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise ArtifactTypeError(f"it is no release manifest ({type(error).__name__})") from error
    if len(files := dict(listed)) != len(listed):
        raise ArtifactTypeError("the release manifest lists a file twice")
    return files


def file_changes(before: Files, after: Files) -> list[ContentChange]:
    """Return every file that is added, removed or has other bytes or headers, sorted by key."""
    return [each for key in sorted(before.keys() | after.keys()) if (each := _change(key, before, after))]


def _change(key: str, before: Files, after: Files) -> ContentChange | None:
    if key not in before:
        return ContentChange(key, "added")
    if key not in after:
        return ContentChange(key, "removed")
    old, new = before[key], after[key]
    different = ["content"] if old["sha256"] != new["sha256"] else []
    different += [name for name in _HEADERS if old.get(name) != new.get(name)]
    return ContentChange(key, "changed", ", ".join(different)) if different else None


class _Sizes:
    """Sizes of files, which lie beside their release manifest."""

    def __init__(self, manifest: Artifact, objects: ArtifactObjects) -> None:
        self._manifest = manifest
        self._objects = objects

    def added_to(
        self, change: ContentChange, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
    ) -> ContentChange:
        """Return a change with the sizes of what changes."""
        if old and new and old["sha256"] == new["sha256"]:
            return change
        sizes = [self._of(each) for each in (old, new) if each]
        if len(set(sizes)) == 1:
            return replace(change, detail=", ".join(filter(None, (change.detail, sizes[0]))))
        others = change.detail.removeprefix("content")
        return replace(change, before=sizes[0], after=sizes[1] + others)

    def _of(self, file: Mapping[str, Any]) -> str:
        folder = self._manifest.location[: self._manifest.location.rfind("/") + 1]
        place = replace(self._manifest, location=f"{folder}{file['key']}", version=str(file.get("version_id")))
        try:
            return in_bytes(self._objects.size(place))
        except ArtifactNotFoundError:
            return "unknown size"
