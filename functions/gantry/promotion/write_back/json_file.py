"""JSON as a file that can be edited. Python's own reader says whether it is JSON, and this where each value stands."""

import json
import re

from gantry.promotion.write_back.document import TEXT, Items, Mapping, Node, Value
from gantry.promotion.write_back.errors import WrittenFileError

_SPACE = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"[^\s,\]}]+")
_STRINGS = json.JSONDecoder()
_TYPES = {"true": "boolean", "false": "boolean", "null": "null"}


def read(text: str) -> Node:
    """Return what a JSON text holds.

    Raises:
        WrittenFileError: it is no JSON. The message has line and column.
    """
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        message = f"it is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise WrittenFileError(f"{message}; correct it") from error
    except RecursionError as error:
        raise WrittenFileError("it is nested too deeply; use a file of its own for what is written back") from error
    node, _ = _node(text, _after_space(text, 0))
    return node


def written(value: str, _before: str) -> str:
    """Return a text as JSON has it."""
    return json.dumps(value, ensure_ascii=False)


def _refuse(constant: str) -> None:
    raise WrittenFileError(f"it is no JSON: it has {constant}, which only Python takes; correct it")


def _node(text: str, at: int) -> tuple[Node, int]:
    """Return what begins at a place in the text, which is JSON, and where it ends."""
    match text[at]:
        case '"':
            content, end = _STRINGS.raw_decode(text, at)
            return Value(TEXT, content, at, end), end
        case "{":
            return _mapping(text, at)
        case "[":
            return _items(text, at)
    literal = _LITERAL.match(text, at)
    if literal is None:  # json.loads takes none of these
        raise WrittenFileError("it is no JSON; correct it")
    return Value(_TYPES.get(literal[0], "number"), literal[0], at, literal.end()), literal.end()


def _mapping(text: str, at: int) -> tuple[Node, int]:
    entries: list[tuple[str, Node]] = []
    at = _after_space(text, at + 1)
    while text[at] != "}":
        if text[at] == ",":
            at = _after_space(text, at + 1)
        name, at = _STRINGS.raw_decode(text, at)
        node, at = _node(text, _after_space(text, _after_space(text, at) + 1))
        entries.append((name, node))
        at = _after_space(text, at)
    return Mapping(tuple(entries)), at + 1


def _items(text: str, at: int) -> tuple[Node, int]:
    items: list[Node] = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        if text[at] == ",":
            at = _after_space(text, at + 1)
        node, at = _node(text, at)
        items.append(node)
        at = _after_space(text, at)
    return Items(tuple(items)), at + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
