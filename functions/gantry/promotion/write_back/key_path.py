"""The path of a key in a file: names with dots between them, like `versions.cowsay`."""

import re

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
PATTERN = rf"^(?=.{{1,128}}$){_NAME}(\.{_NAME}){{0,7}}$"
"""At most 8 names. A number counts the items of a list from 0."""

KeyPath = tuple[str, ...]


def key_path(written: str) -> KeyPath:
    """Return the names of a path that `PATTERN` takes."""
    if not re.fullmatch(PATTERN, written):
        raise ValueError(written)
    return tuple(written.split("."))


def overlap(one: KeyPath, other: KeyPath) -> bool:
    """Whether one of the paths leads to the other's value, or to what holds it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
