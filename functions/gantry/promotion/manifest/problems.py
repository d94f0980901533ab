"""What is wrong with the shape of a manifest: unknown and missing keys, and values of the wrong kind."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gantry.promotion.manifest.messages import mismatch, one_of, path, show
from gantry.promotion.manifest.model import (
    ApprovalKeys,
    ConfigurationKeys,
    EnvironmentKeys,
    Keys,
    ManifestKeys,
    StepKeys,
    TargetKeys,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Location = tuple[str | int, ...]
_KEYS: dict[str, type[Keys]] = {
    "environments": EnvironmentKeys,
    "targets": TargetKeys,
    "configuration": ConfigurationKeys,
    "approval": ApprovalKeys,
    "traffic": StepKeys,
}
"""The keys of a mapping, by the name of the field that holds it or a list of it."""


def shape_problems(document: object) -> Iterator[str]:
    """One line for each: the field's path, what is wrong and what would be right."""
    try:
        ManifestKeys.model_validate(document)
    except ValidationError as error:
        yield from (_told(each) for each in error.errors(include_url=False) if not _is_value_without_name(each["loc"]))


def _is_value_without_name(location: _Location) -> bool:
    """Whether this is the value of a variable whose name is no text: the name is a problem already."""
    return location[-2:-1] == ("environment",) and isinstance(location[-1], int)


def _told(error: "ErrorDetails") -> str:
    location, given = error["loc"], error["input"]
    match error["type"]:
        case "missing":
            message = f"missing; give {_description(location)}"
        case "extra_forbidden":
            message = f"unknown key; {one_of(location[-1], _known_at(location[:-1]))}"
        case "invalid_key":
            location = location[:-1]
            message = f"unknown key {show(given)}; {one_of(given, _known_at(location))}"
        case "model_type":
            message = f"{mismatch(given, 'a mapping')}; give a mapping with the keys {', '.join(_known_at(location))}"
        case _:
            message = error["msg"]
    if location[-1:] == ("[key]",):  # pydantic's way to say that not the value is wrong but its key
        location = location[:-1] if isinstance(given, str) else location[:-2]
    return f"{path(location)}: {message}"


def _keys_at(location: _Location) -> type[Keys]:
    """What the mapping at this place is."""
    holder = next((part for part in reversed(location) if isinstance(part, str)), None)
    return ManifestKeys if holder is None else _KEYS[holder]


def _known_at(location: _Location) -> tuple[str, ...]:
    return tuple(_keys_at(location).model_fields)


def _description(location: _Location) -> str:
    described = _keys_at(location[:-1]).model_fields[str(location[-1])].description or ""
    return described[0].lower() + described[1:].removesuffix(".")
