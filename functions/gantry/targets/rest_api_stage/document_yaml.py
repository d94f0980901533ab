"""Read an OpenAPI document in YAML, event by event.

Nothing is built of what could stand for more than is written: aliases and tags.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from gantry.promotion.errors import ArtifactTypeError
from gantry.targets.rest_api_stage.document_bounds import DEEPEST, mapping_of, unreadable

MOST_BYTES_OF_YAML = 1024 * 1024
"""The functions have YAML's parser in Python only, which takes a hundred times as long as JSON's."""
_LONGEST_PLAIN = 20
"""Characters. What is longer without quotes is text: no number, true, false or null."""
_OPENS = ('"', "[", "{")
"""What text without quotes cannot begin with."""


@dataclass(slots=True)
class _Collection:
    is_mapping: bool
    parts: list[Any] = field(default_factory=list)
    """Of a mapping, keys and values take turns."""

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and len(self.parts) % 2 == 0

    def built(self) -> object:
        return mapping_of(zip(self.parts[::2], self.parts[1::2], strict=True)) if self.is_mapping else self.parts


def read_yaml(text: str) -> object:
    """Return what the one document in a text holds.

    Raises:
        ArtifactTypeError: it cannot be read, or has what could stand for more than is written.
    """
    if len(text) > MOST_BYTES_OF_YAML:
        raise ArtifactTypeError(f"it is YAML of more than {MOST_BYTES_OF_YAML:,} characters; JSON may have more")
    collections = [_Collection(is_mapping=False)]
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            _add(event, collections)
    except yaml.YAMLError as error:
        raise unreadable(error) from error
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
