"""How a manifest's problems speak of values, keys and paths."""

import datetime
import difflib
from collections.abc import Iterable, Sequence

_LONGEST = 60
_LARGEST = 10**20
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (bool, "a truth value (YAML reads yes, no, on and off as such)"),
    ((int, float), "a number"),
    (datetime.date, "a date"),
    (list, "a list"),
    (dict, "a mapping"),
)


def printable(text: str) -> str:
    """The text on one line, as every problem has one line."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def show(value: object) -> str:
    """The value as its author would recognise it, and never long."""
    if isinstance(value, str):
        return f"'{printable(value[:_LONGEST])}{'…' if len(value) > _LONGEST else ''}'"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "a very large number"  # Python refuses to print some of them
    if isinstance(value, bool | int | float | datetime.date):
        return str(value).lower()
    return "nothing" if value is None else kind(value)


def kind(value: object) -> str:
    """What YAML took the value for."""
    known = (words for types, words in _KINDS if isinstance(value, types))
    return next(known, f"a value of YAML's type {type(value).__name__}")


def mismatch(value: object, wanted: str, *, secret: bool = False) -> str:
    """What is wrong with a value of the wrong kind: `5 is a number, not text`. A secret one is not shown."""
    if value is None:
        return "nothing is given"
    shown, known_as = show(value), kind(value)
    subject = "it" if secret or shown == known_as else shown
    return f"{subject} is {known_as}, not {wanted}"


def one_of(given: object, allowed: Sequence[str]) -> str:
    """What would be right where only some words are: all of them, the likely one first."""
    if len(allowed) == 1:
        return f"give {allowed[0]}"
    near = difflib.get_close_matches(str(given), allowed, n=1) if isinstance(given, str) else []
    listed = ", ".join(allowed)
    return f"did you mean '{near[0]}'? Known are {listed}" if near else f"give one of {listed}"


def path(parts: Iterable[str | int]) -> str:
    """`environments[1].targets[0].account`; the whole manifest is `manifest`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in parts)
    return written.removeprefix(".") or "manifest"
