"""What is wrong with an input, in the words of the JSON that its author has typed. No library's words reach people."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from gantry.promotion.manifest import messages
from gantry.promotion.manifest.messages import shortened, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MOST = 10
"""Problems in one message."""
_WANTED: Mapping[str, tuple[str, str]] = {
    "string_type": ("text", "give text in quotes"),
    "bool_type": ("true or false", "give true or false, without quotes"),
    "bool_parsing": ("true or false", "give true or false"),
    "int_type": ("a whole number", "give a whole number, without quotes"),
    "int_parsing": ("a whole number", "give a whole number, without quotes"),
    "int_from_float": ("a whole number", "give a whole number"),
    "float_type": ("a number", "give a number, without quotes"),
    "float_parsing": ("a number", "give a number, without quotes"),
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type", "iterable_type"), ("a list", "")),
    **dict.fromkeys(
        ("model_type", "model_attributes_type", "dataclass_type", "dict_type", "mapping_type"),
        ("a JSON object", "give one with {…}"),
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        ("a moment", "give one like 2026-11-22T09:30:00Z"),
    ),
    "json_type": ("JSON", "give JSON as text"),
    "json_invalid": ("JSON", "give JSON as text"),
}
"""By pydantic's own name of the error: what is wanted, and what to give.
https://docs.pydantic.dev/latest/errors/validation_errors/"""
_SIZES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "missing",
    "missing_argument": lambda _: "missing",
    "too_short": lambda ctx: (
        "the list is empty; give at least one"
        if ctx["actual_length"] == 0
        else f"the list has {ctx['actual_length']} items; give at least {ctx['min_length']}"
    ),
    "too_long": lambda ctx: f"the list has more than {ctx['max_length']} items; give at most {ctx['max_length']}",
    "string_too_short": lambda ctx: f"it is too short; give at least {_characters(ctx['min_length'])}",
    "string_too_long": lambda ctx: f"it is too long; give {_characters(ctx['max_length'])} at most",
    "greater_than_equal": lambda ctx: f"it is too small; give {ctx['ge']} or more",
    "less_than_equal": lambda ctx: f"it is too large; give {ctx['le']} at most",
    "value_error": lambda ctx: str(ctx["error"]),
    "problem": lambda ctx: str(ctx["message"]),
    "literal_error": lambda ctx: f"it is not known; give one of {ctx['expected']}",
    "enum": lambda ctx: f"it is not known; give one of {ctx['expected']}",
}


def refusal(problems: str, example: str | None = None) -> str:
    """Return the whole message: what is wrong in words, and after it an example in JSON.

    Args:
        problems: what `input_problems` returns.
        example: what would be right; None where no person writes such an input.
    """
    looks = f" A correct one looks like {example}." if example else ""
    return f"This input cannot be used: {problems}.{looks}"


def input_problems(model: type[Any], error: ValidationError, *, shows_values: bool = True) -> str:
    """Return everything that is wrong with an input, in one line.

    Args:
        model: what the input should be.
        error: what pydantic found.
        shows_values: whether values may be quoted. An input that no person has typed may hold secrets.
    """
    every = error.errors(include_url=False)
    within = {each["loc"][:-1] for each in every}
    # A list with a wrong item is not too short as well, only because pydantic counts the right ones.
    found = [each for each in every if not (each["type"] == "too_short" and each["loc"] in within)]
    lines = list(dict.fromkeys(_line(model, each, shows_values=shows_values) for each in found))
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "; ".join([*lines[:_MOST], *more])


def _line(model: type[Any], error: "ErrorDetails", *, shows_values: bool) -> str:
    location = [each for each in error["loc"] if isinstance(each, int) or each.isidentifier() or _is_typed(each, error)]
    at, said = _path(location), _said(model, error, shows_values=shows_values)
    return f"{at}: {said}" if at else said


def _is_typed(part: str, error: "ErrorDetails") -> bool:
    """Whether a part of a location is a key that somebody has typed. The others name pydantic's own functions."""
    return error["type"] == "extra_forbidden" and part == error["loc"][-1]


def _said(model: type[Any], error: "ErrorDetails", *, shows_values: bool) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key; {suggestion(error['loc'][-1], _known_at(model, error['loc'][:-1]))}"
    if kind in _WANTED:
        wanted, remedy = _WANTED[kind]
        subject = _json(given) if shows_values and isinstance(given, str | int | float) else "it"
        return f"{subject} is {type_name(given)}, not {wanted}; {remedy or _as_list(given, shows_values=shows_values)}"
    if kind in _SIZES:
        return _SIZES[kind](context)
    return f"{_json(given) if shows_values and isinstance(given, str) else 'it'} cannot be used here"


def _as_list(given: object, *, shows_values: bool) -> str:
    return f"give [{_json(given)}]" if shows_values and isinstance(given, str) else "give one with […]"


def type_name(value: object) -> str:
    """Return the type of a value, in the words of JSON."""
    if value is None:
        return "null"
    name = messages.type_name(value)
    return "an object" if name == messages.A_MAPPING else name


def _json(value: object) -> str:
    return f'"{shortened(value)}"' if isinstance(value, str) else json.dumps(value)


def _characters(number: int) -> str:
    return f"{number} character{'s' if number > 1 else ''}"


def _path(location: Iterable[str | int]) -> str:
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" for part in location)
    return written.removeprefix(".")


def _known_at(model: type[Any], location: Iterable[str | int]) -> tuple[str, ...]:
    """Return the keys that the object at a location may have."""
    for part in location:
        fields = _fields(model)
        model = _model_in(fields[part]) or model if isinstance(part, str) and part in fields else model
    return tuple(_fields(model))


def _fields(model: type[Any]) -> Mapping[str, Any]:
    if issubclass(model, BaseModel):
        return {
            name: each.annotation
            for name, each in model.model_fields.items()
            if not (
                isinstance(each.validation_alias, str) and each.validation_alias != name
            )  # AWS' own, not a person's
        }
    return {name: each.type for name, each in getattr(model, "__dataclass_fields__", {}).items()}


def _model_in(annotation: object) -> type[Any] | None:
    if isinstance(annotation, type) and (issubclass(annotation, BaseModel) or is_dataclass(annotation)):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
