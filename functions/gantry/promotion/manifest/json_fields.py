"""The types of field that hold any JSON document."""

import json
from collections.abc import Iterator
from typing import Any

from gantry.promotion.manifest.field_types import FieldType, refuse
from gantry.promotion.manifest.messages import quoted, wrong_type

LARGEST_PAYLOAD = 6 * 1024
"""Bytes of JSON. Every deployment carries it."""


class JsonDocumentField(FieldType):
    """Anything that can be written as JSON."""

    def check(self, value: object) -> object:
        """Return the document itself."""
        if wrong := next(_not_in_json(value), None):
            refuse(f"{wrong}, which JSON does not have; give text instead")
        if (size := len(as_json(value).encode())) > LARGEST_PAYLOAD:
            refuse(f"it has {size} bytes as JSON; give {LARGEST_PAYLOAD} at most")
        return value

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return pydantic's own. A JSON schema cannot express a size in bytes."""
        return inner


class ExpectationField(JsonDocumentField):
    """What an answer has to contain. An answer without any of its keys would be no object."""

    def check(self, value: object) -> object:
        """Return the mapping itself."""
        if not isinstance(value, dict):
            refuse(f"{wrong_type(value, 'a mapping')}; give the keys and values that the answer has to contain")
        if not value:
            refuse("it is empty; give at least one key, or leave it out")
        return super().check(value)

    def schema(self, inner: dict[str, Any]) -> dict[str, Any]:
        """Return the type and the smallest size."""
        return {"type": "object", "minProperties": 1}


def _not_in_json(value: object) -> Iterator[str]:
    """Yield what no JSON text can hold, so that no answer could ever match it."""
    if isinstance(value, float) and value - value != 0:
        yield f"it holds {quoted(value)}"
    elif isinstance(value, list):
        for each in value:
            yield from _not_in_json(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                yield f"it holds the key {quoted(key)}"
            yield from _not_in_json(each)


def as_json(value: object) -> str:
    """Return a document as short JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
