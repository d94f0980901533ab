"""A file as the editors see it: which values it holds, and where each stands in the text. The same for every format."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.key_path import KeyPath

TEXT = "text"
"""The type of a value that is text, in every format."""


@dataclass(frozen=True, slots=True)
class Value:
    """A single value."""

    type: str
    """`TEXT`, or what the format calls it: text that looks like a number is no number."""
    content: str
    """What it says; of what is not text, as it is written."""
    start: int
    end: int
    """Where it stands in the file's text, in characters."""
    why_fixed: str | None = None
    """Why it cannot be replaced: `it is a heredoc`; None when it can be."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Values by name. A name that is given twice is there twice."""

    entries: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]


Node = Value | Mapping | Items


def value_at(root: Node, path: KeyPath) -> Value:
    """Return the value at a path.

    Raises:
        WrittenFileError: there is none, more than one, or one that cannot be replaced.
    """
    node = root
    for depth, name in enumerate(path):
        node = _child(node, name, ".".join(path[: depth + 1]))
    written = ".".join(path)
    if not isinstance(node, Value):
        kind = "a mapping" if isinstance(node, Mapping) else "a list"
        raise WrittenFileError(f"{written} holds {kind}, not one value; name a key inside it")
    if node.why_fixed:
        raise WrittenFileError(f"{written} cannot be replaced: {node.why_fixed}; write its value as one plain text")
    return node


def with_text(node: Node, path: KeyPath, text: str) -> Node:
    """Return what the file should hold once the one value at a path is this text."""
    if isinstance(node, Value):
        return replace(node, type=TEXT, content=text)
    name, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        entries = node.entries
        return Mapping(
            tuple((each, with_text(child, rest, text) if each == name else child) for each, child in entries)
        )
    items = enumerate(node.items)
    return Items(tuple(with_text(child, rest, text) if index == int(name) else child for index, child in items))


def says(node: Node) -> object:
    """Return all that a file says, in its order, without where in the text it stands."""
    if isinstance(node, Value):
        return (node.type, node.content)
    if isinstance(node, Mapping):
        return tuple((name, says(child)) for name, child in node.entries)
    return [says(child) for child in node.items]


def _child(node: Node, name: str, written: str) -> Node:
    found = list(_children(node, name))
    if not found:
        raise WrittenFileError(f"{written} is not in it; add it once, with any text as its value")
    if len(found) > 1:
        raise WrittenFileError(f"{written} is in it {len(found)} times; keep one")
    return found[0]


def _children(node: Node, name: str) -> Iterator[Node]:
    if isinstance(node, Mapping):
        yield from (child for each, child in node.entries if each == name)
    elif isinstance(node, Items) and name.isdecimal() and name == str(int(name)):
        yield from node.items[int(name) : int(name) + 1]
