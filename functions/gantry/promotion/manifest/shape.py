"""Check the shape of a mapping against its model: unknown and missing keys, and values of the wrong type."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError

from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.messages import quoted, suggestion, wrong_type
from gantry.promotion.manifest.problem import Location, Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def shape_problems(
    model: type[Keys], value: object, at: Location = (), other_keys: Sequence[str] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with the shape of a mapping.

    Args:
        model: what the mapping should be.
        value: what YAML read.
        at: where it stands.
        other_keys: keys that are known here as well, and were checked before.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        unnamed = {each["loc"][:-1] for each in errors if _is_of_a_name(each) and not isinstance(each["input"], str)}
        for each in errors:
            if each["loc"] not in unnamed:  # the value of a name that is not text: the name is reported already
                yield _problem(model, each, at, other_keys)


def not_a_mapping(value: object, known: Sequence[str]) -> str:
    """Say that a mapping with these keys is wanted."""
    return f"{wrong_type(value, 'a mapping')}; give a mapping with the keys {', '.join(known)}"


def unknown_key(at: Location, key: object, known: Sequence[str]) -> Problem:
    """Return the problem of a key that a mapping does not have."""
    if isinstance(key, str):
        return Problem((*at, key), f"unknown key; {suggestion(key, known)}")
    return Problem(at, f"unknown key {quoted(key)}; {suggestion(key, known)}")


def _problem(model: type[Keys], error: "ErrorDetails", at: Location, other_keys: Sequence[str]) -> Problem:
    location, given = error["loc"], error["input"]
    match error["type"]:
        case "missing":
            holder = _model_at(model, location[:-1])
            return Problem((*at, *location), f"missing; give {_description(holder, str(location[-1]))}")
        case "extra_forbidden" | "invalid_key" as kind:
            known = _known_at(model, location[:-1], other_keys)
            return unknown_key((*at, *location[:-1]), given if kind == "invalid_key" else location[-1], known)
        case "model_type":
            return Problem((*at, *location), not_a_mapping(given, _known_at(model, location, other_keys)))
    if _is_of_a_name(error):
        location = location[:-1] if isinstance(given, str) else location[:-2]
    return Problem((*at, *location), error["msg"])


def _is_of_a_name(error: "ErrorDetails") -> bool:
    """Whether not a mapping's value is wrong but its name. Pydantic says so in the location."""
    return error["loc"][-1:] == ("[key]",)


def _known_at(model: type[Keys], location: Location, other_keys: Sequence[str]) -> tuple[str, ...]:
    known = tuple(_model_at(model, location).model_fields)
    return known if location else (*other_keys, *known)


def _model_at(model: type[Keys], location: Location) -> type[Keys]:
    """Return the model of the mapping at a location."""
    for part in location:
        if isinstance(part, str) and part in model.model_fields:  # otherwise a name that its author has chosen
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: object) -> type[Keys] | None:
    """Return the model in a field's type, like the one in `list[StepKeys]`."""
    if isinstance(annotation, type) and issubclass(annotation, Keys):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _description(model: type[Keys], key: str) -> str:
    described = model.model_fields[key].description or ""
    return described[0].lower() + described[1:].removesuffix(".")
