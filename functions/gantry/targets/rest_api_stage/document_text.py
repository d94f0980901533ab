"""Read an OpenAPI document for a comparison, JSON or YAML, within bounds.

YAML is read event by event, and nothing is built of what could stand for more than is written: aliases and tags.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from gantry.promotion.errors import ArtifactTypeError

MOST_BYTES = 6 * 1024 * 1024
"""What API Gateway imports: https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html"""
MOST_BYTES_OF_YAML = 1024 * 1024
"""The functions have YAML's parser in Python only, which takes a hundred times as long as JSON's."""
DEEPEST = 50
"""Levels."""
_LONGEST_PLAIN = 20
"""Characters. What is longer without quotes is text: no number, true, false or null."""
_OPENS = ('"', "[", "{")
"""What text without quotes cannot begin with."""


def read_document(body: bytes) -> dict[str, Any]:
    """Return what a document holds. All keys are text.

    Raises:
        ArtifactTypeError: it cannot be read, or gives a key twice, which different readers take differently.
    """
    try:
        text = body.decode("utf-8-sig")
        document = _from_json(text) if text.lstrip().startswith("{") else _from_yaml(text)
    except (ValueError, OverflowError, yaml.YAMLError) as error:
        raise ArtifactTypeError(f"the document is neither JSON nor YAML ({type(error).__name__})") from error
    except RecursionError as error:
        raise ArtifactTypeError("the document is nested too deeply") from error
    if not isinstance(document, dict):
        raise ArtifactTypeError("the document holds no mapping")
    _require_flat(document)
    return document


def _require_flat(document: dict[str, Any]) -> None:
    level: list[dict[str, Any] | list[Any]] = [document]
    depth = 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ArtifactTypeError("the document is nested too deeply")
        parts = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in parts if isinstance(part, dict | list)]


def _from_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_mapping)


def _mapping(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found = list(pairs)
    mapping = dict(found)
    if len(mapping) != len(found):
        raise ArtifactTypeError("the document gives a key twice in one place")
    return mapping


@dataclass(slots=True)
class _Collection:
    is_mapping: bool
    parts: list[Any] = field(default_factory=list)
    """Of a mapping, keys and values take turns."""

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and len(self.parts) % 2 == 0

    def built(self) -> object:
        return _mapping(zip(self.parts[::2], self.parts[1::2], strict=True)) if self.is_mapping else self.parts


def _from_yaml(text: str) -> object:
    if len(text) > MOST_BYTES_OF_YAML:
        raise ArtifactTypeError(f"it is YAML of more than {MOST_BYTES_OF_YAML:,} characters; JSON may have more")
    collections = [_Collection(is_mapping=False)]
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        _add(event, collections)
    documents = collections[0].parts
    if len(documents) != 1:
        raise ArtifactTypeError(f"there are {len(documents)} YAML documents in it; one is taken")
    return documents[0]


def _add(event: yaml.Event, collections: list[_Collection]) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None:
        raise ArtifactTypeError("the document has YAML aliases or tags")
    inner = collections[-1]
    match event:
        case yaml.ScalarEvent():
            inner.parts.append(event.value if inner.wants_key else _scalar(event))
        case yaml.CollectionStartEvent():
            if inner.wants_key or len(collections) > DEEPEST:
                raise ArtifactTypeError("the document is nested too deeply, or has a key that is no text")
            collections.append(_Collection(isinstance(event, yaml.MappingStartEvent)))
        case yaml.CollectionEndEvent():
            collections.pop()
            collections[-1].parts.append(inner.built())


def _scalar(event: yaml.ScalarEvent) -> object:
    """Return a value as JSON would have it. What is no JSON stays text, such as a date."""
    is_plain: bool = event.implicit[0]
    if not is_plain or len(event.value) > _LONGEST_PLAIN or event.value[:1] in _OPENS:
        return event.value
    try:
        return json.loads(event.value or "null")
    except ValueError:
        return event.value
