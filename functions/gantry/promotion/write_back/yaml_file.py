"""YAML as a file that can be edited. PyYAML's composer says where each value stands."""

import json
import re
from collections.abc import Iterator

import yaml

from gantry.promotion.write_back.document import TEXT, Items, Mapping, Node, Value
from gantry.promotion.write_back.errors import WrittenFileError

_TEXT_TAG = "tag:yaml.org,2002:str"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
"""What may stand without quotes everywhere, unless YAML reads it as something else, like `yes`."""
_ANCHORED = "it has an anchor or a tag, so that it may mean more than one place"


def read(text: str) -> Node:
    """Return what a YAML text with one document holds.

    Raises:
        WrittenFileError: it is no YAML, or several documents. The message has the line.
    """
    if "\x85" in text or "\u2028" in text or "\u2029" in text:
        raise WrittenFileError("it has an invisible line break (U+0085, U+2028 or U+2029); delete it")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise WrittenFileError(f"it cannot be read as YAML: {where}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise WrittenFileError(f"it cannot be read as YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise WrittenFileError("it is nested too deeply; use a file of its own for what is written back") from error
    if root is None:
        return Mapping(())
    return _Reading(text).node(root)


def written(value: str, before: str) -> str:
    """Return a text as YAML, in the same quotes as before, or in quotes where it would be something else."""
    if before[:1] == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    is_plain = before[:1] != '"' and _PLAIN.fullmatch(value) and _is_text(value)
    # JSON's text is YAML's, but YAML has no pairs of surrogates: https://yaml.org/spec/1.2.2/#57-escaped-characters
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _is_text(value: str) -> bool:
    """Whether no YAML reads it as a number or as a boolean."""
    node = yaml.compose(value, Loader=yaml.SafeLoader)
    return isinstance(node, yaml.ScalarNode) and node.tag == _TEXT_TAG and node.value == value


class _Reading:
    """What was read of one text. What repeats an anchor is the same node again, and is not read again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen: dict[int, int] = {}

    def node(self, found: yaml.Node) -> Node:
        start, end = found.start_mark.index, found.end_mark.index
        if (number := self._seen.get(id(found))) is not None:
            return Value("repeated", str(number), start, end, "it repeats what an anchor names")
        self._seen[id(found)] = len(self._seen)
        if isinstance(found, yaml.MappingNode):
            return Mapping(tuple(self._entries(found)))
        if isinstance(found, yaml.SequenceNode):
            return Items(tuple(map(self.node, found.value)))
        kind = TEXT if found.tag == _TEXT_TAG else found.tag
        return Value(kind, str(found.value), start, end, self._why_fixed(start, end))

    def _entries(self, found: yaml.MappingNode) -> Iterator[tuple[str, Node]]:
        for key, value in found.value:
            is_name = isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge"
            # A name that no path has, for what is no name.
            yield (str(key.value) if is_name else f"<{_key(key)}>"), self.node(value)

    def _why_fixed(self, start: int, end: int) -> str | None:
        first = self._text[start : start + 1]
        if first in {"&", "!"}:
            return _ANCHORED
        if first in {"|", ">"}:
            return "it is a block of text"
        if start == end:
            return "it is empty"
        return "it has several lines" if "\n" in self._text[start:end] else None


def _key(key: yaml.Node) -> str:
    """Return what a key that is no name is, so that no two files are taken for the same."""
    return str(yaml.serialize(key))
