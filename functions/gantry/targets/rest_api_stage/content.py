"""What changes between two OpenAPI documents: paths with their methods, and all that stands beside them.

A method has changed when anything has that it names by `$ref`, directly or through others, or that its path sets for
all methods. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gantry.artifacts.artifact_objects import ArtifactObjects
from gantry.promotion.artifact import Artifact
from gantry.promotion.content_changes import ContentChange
from gantry.promotion.target import Target
from gantry.targets.rest_api_stage.document_references import Document, changed_references, is_same, references
from gantry.targets.rest_api_stage.document_text import MOST_BYTES, read_document

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ANY = "x-amazon-apigateway-any-method"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html"""
_KINDS = {method: method.upper() for method in _METHODS} | {_ANY: "ANY"}
_Part = tuple[str, str]
"""What stands before a part's name, and the name."""
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Method:
    """A method, or a path without any."""

    own: object
    shared: object
    """What the path sets for all of its methods."""


def changes(target: Target, before: Artifact | None, after: Artifact, objects: ArtifactObjects) -> list[ContentChange]:
    """Return what changes on a target.

    Raises:
        ArtifactNotFoundError: one of the versions was deleted.
        ArtifactTypeError: one of them is too large, or no document that can be read.
    """
    old = read_document(objects.content(before, MOST_BYTES)) if before else {}
    return document_changes(old, read_document(objects.content(after, MOST_BYTES)))


def document_changes(before: Document, after: Document) -> list[ContentChange]:
    """Return every part that is added, removed or changed: first what stands beside the paths, then the methods.

    Both documents are as `read_document` returns them: they are not nested deeply.
    """
    changed = changed_references(before, after)

    def difference(old: _Method, new: _Method) -> list[str]:
        shared = ["what its path sets"] if _difference(old.shared, new.shared, changed) else []
        return [*_difference(old.own, new.own, changed), *shared]

    beside = _compared(_beside(before), _beside(after), _difference)
    return [*beside, *_compared(_methods(before), _methods(after), difference)]


def _beside(document: Document) -> dict[_Part, object]:
    """Return what stands beside the paths. Of the components, each section is a part."""
    found: dict[_Part, object] = {}
    for name, value in document.items():
        if name == "components" and isinstance(value, dict):
            found |= {(name, each): part for each, part in value.items()}
        elif name != "paths" or not isinstance(value, dict):
            found["", name] = value
    return found


def _methods(document: Document) -> dict[_Part, _Method]:
    found: dict[_Part, _Method] = {}
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        methods = {name: value for name, value in item.items() if name in _KINDS} if isinstance(item, dict) else {}
        if not methods:
            found["path", path] = _Method(item, None)
        for name, value in methods.items():
            shared = {each: part for each, part in item.items() if each not in _KINDS}
            found[_KINDS[name], path] = _Method(value, shared)
    return found


def _compared(
    before: Mapping[_Part, _Value], after: Mapping[_Part, _Value], difference: Callable[[_Value, _Value], list[str]]
) -> Iterator[ContentChange]:
    for part in sorted(before.keys() | after.keys(), key=lambda each: (each[1], each[0])):
        kind, name = part
        if part not in after:
            yield ContentChange(name, "removed", kind=kind)
        elif part not in before:
            yield ContentChange(name, "added", kind=kind)
        elif detail := difference(before[part], after[part]):
            yield ContentChange(name, "changed", ", ".join(detail), kind=kind)


def _difference(before: object, after: object, changed: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of what is different in a part, or leads to what is; empty where nothing is."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [] if is_same(before, after) and not changed & references(after) else ["all of it"]
    if isinstance(after.get("$ref"), str) and after["$ref"] in changed:
        return ["$ref"]
    return [
        name
        for name in sorted(before.keys() | after.keys())
        if name not in before
        or name not in after
        or not is_same(before[name], after[name])
        or (changed & references(after[name]))
    ]
