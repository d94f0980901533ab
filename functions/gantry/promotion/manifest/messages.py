"""Phrases for the problems of a manifest: values, their types, and what would be right."""

import difflib
from collections.abc import Mapping, Sequence

_LONGEST = 60
A_MAPPING = "a mapping"
"""What YAML calls an object of JSON."""
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    ((list, tuple), "a list"),
    (Mapping, A_MAPPING),
)


def printable(text: str) -> str:
    """Return the text on one line, because every problem has one line."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def shortened(text: str) -> str:
    """Return the text on one line, cut where it is long."""
    return f"{printable(text[:_LONGEST])}{'…' if len(text) > _LONGEST else ''}"


def quoted(value: object) -> str:
    """Return a value as its author wrote it, shortened where it is long."""
    if isinstance(value, str):
        return f"'{shortened(value)}'"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return "nothing" if value is None else type_name(value)


def type_name(value: object) -> str:
    """Return the type that YAML read the value as."""
    return next(name for types, name in _TYPES if isinstance(value, types))


def wrong_type(value: object, wanted: str, *, secret: bool = False) -> str:
    """Say that a value has the wrong type: `5 is a number, not text`. The value itself is left out if it is secret."""
    if value is None:
        return "nothing is given"
    written, found = quoted(value), type_name(value)
    subject = "it" if secret or written == found else written
    return f"{subject} is {found}, not {wanted}"


def suggestion(given: object, allowed: Sequence[str]) -> str:
    """Say which words are allowed, with the most similar one first."""
    if len(allowed) <= 1:
        return f"give {allowed[0]}" if allowed else "leave it out"
    similar = difflib.get_close_matches(given, allowed, n=1) if isinstance(given, str) else []
    names = ", ".join(allowed)
    return f"did you mean '{similar[0]}'? Known are {names}" if similar else f"give one of {names}"
