"""Follow the references within an OpenAPI document: which of them lead to something else than before."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

Document = Mapping[str, Any]
_LONGEST_INDEX = 8
"""Digits. Python refuses to read very long numbers."""


def changed_references(before: Document, after: Document) -> frozenset[str]:
    """Return the references that lead to something else than before, directly or through others.

    Where a part is the same, it names the same others. So only the later document's references have to be followed.
    """
    comparison = _Comparison(before, after)
    users: dict[str, set[str]] = defaultdict(set)
    found, waiting, changed = set[str](), list(references(before) | references(after)), set[str]()
    while waiting:
        reference = waiting.pop()
        if reference not in found:
            found.add(reference)
            is_changed, named = comparison.of(reference)
            if is_changed:
                changed.add(reference)
            for each in named:
                users[each].add(reference)
    waiting = list(changed)
    while waiting:
        through = users[waiting.pop()] - changed
        changed |= through
        waiting += through
    return frozenset(changed)


class _Comparison:
    """Compares what references lead to. Each place is looked at once, however its reference is spelled."""

    def __init__(self, before: Document, after: Document) -> None:
        self._before = before
        self._after = after
        self._known: dict[tuple[int, int], tuple[bool, set[str]]] = {}

    def of(self, reference: str) -> tuple[bool, set[str]]:
        """Return whether it leads to something else than before, and which references are there now."""
        old, new = _at(reference, self._before), _at(reference, self._after)
        place = (id(old), id(new))
        if place not in self._known:
            self._known[place] = (not is_same(old, new), references(new))
        return self._known[place]


def references(value: object) -> set[str]:
    """Return what a part names by `$ref`."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            reference = each.get("$ref")
            if isinstance(reference, str):
                found.add(reference)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


def is_same(one: object, other: object) -> bool:
    """Return whether two parts are the same JSON. Python takes true and 1 for equal."""
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _at(reference: str, document: Document) -> Any:  # noqa: ANN401 -- what JSON holds
    """Return what a reference within the document names; None where that is not there.

    https://www.rfc-editor.org/rfc/rfc6901#section-6
    """
    if not reference.startswith("#"):
        return None
    found: Any = document
    for part in unquote(reference[1:]).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            is_there = name.isascii() and name.isdecimal() and len(name) <= _LONGEST_INDEX and int(name) < len(found)
            found = found[int(name)] if is_there else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found
