"""Bound what a YAML text holds, event by event, before anything is built from it.

An alias stands for as much as its anchor holds, and a merge copies it, so a few hundred bytes can stand for gigabytes.
What an anchor holds is counted once, and added wherever an alias names it.
"""

from dataclasses import dataclass
from typing import NoReturn, Protocol

import yaml

from gantry.promotion.errors import ManifestError

DEEPEST = 20
"""Levels. A manifest has five: itself, the environments, one of them, its configuration, the variables."""
MOST_NODES = 20_000
"""Keys, values and collections. 20 environments with 40 targets each, all with six keys, have about 11,000."""
MOST_ALIASES = 1_000
"""Enough for one alias in each of 800 targets."""
LONGEST_TEXT = 16 * 1024
"""Characters of one key or value. Environment variables have 4 KB together; a script in `command` may have more."""
_COUNTED = " (a YAML alias, like *name, counts as what it stands for)"


class Mark(Protocol):
    """A place in a text, as PyYAML has it."""

    @property
    def line(self) -> int:
        """Counted from 0."""

    @property
    def column(self) -> int:
        """Counted from 0."""


@dataclass(frozen=True, slots=True)
class _Extent:
    """What an anchor holds, with its aliases written out."""

    nodes: int
    levels: int


@dataclass(slots=True)
class _Collection:
    """A mapping or a sequence that has begun and not ended."""

    anchor: str | None
    nodes_before: int
    deepest: int
    """The deepest level that was reached in it so far."""


class Bounds:
    """Counts while the events of one text go by."""

    def __init__(self) -> None:
        self._open: list[_Collection] = []
        self._anchors: dict[str, _Extent | None] = {}
        """None: the collection with this anchor has not ended."""
        self._nodes = 0
        """With what the aliases stand for."""
        self._aliases = 0

    def check(self, event: yaml.Event) -> None:
        """Count one event.

        Raises:
            ManifestError: there is too much of something. The message has line and column, and never the text itself.
        """
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                self._end()

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if len(event.value) > LONGEST_TEXT:
            _refuse(event, f"this text has {len(event.value)} characters; give {LONGEST_TEXT} at most")
        self._add(event, _Extent(nodes=1, levels=0))
        if event.anchor is not None:
            self._name(event, event.anchor, _Extent(nodes=1, levels=0))

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            _refuse(event, f"there are more than {MOST_ALIASES} YAML aliases, like *name; give {MOST_ALIASES} at most")
        if event.anchor not in self._anchors:
            _refuse(event, "no anchor before this YAML alias has its name; put text that begins with * in quotes")
        extent = self._anchors[event.anchor]
        if extent is None:
            _refuse(event, "this YAML alias stands inside its own anchor; write out what is meant")
        self._add(event, extent)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._name(event, event.anchor, None)
        self._open.append(_Collection(event.anchor, self._nodes, deepest=len(self._open) + 1))
        self._add(event, _Extent(nodes=1, levels=0))

    def _end(self) -> None:
        ended = self._open.pop()
        if ended.anchor is not None:
            nodes, levels = self._nodes - ended.nodes_before, ended.deepest - len(self._open)
            self._anchors[ended.anchor] = _Extent(nodes, levels)
        if self._open:
            self._open[-1].deepest = max(self._open[-1].deepest, ended.deepest)

    def _name(self, event: yaml.NodeEvent, anchor: str, extent: _Extent | None) -> None:
        if anchor in self._anchors:
            _refuse(event, "another anchor before it has the same name; give each anchor a name of its own")
        self._anchors[anchor] = extent

    def _add(self, event: yaml.NodeEvent, extent: _Extent) -> None:
        self._nodes += extent.nodes
        if self._nodes > MOST_NODES:
            _refuse(event, f"up to here there are too many keys and values{_COUNTED}; give {MOST_NODES} at most")
        deepest = len(self._open) + extent.levels
        if deepest > DEEPEST:
            _refuse(event, f"this is nested {deepest} levels deep{_COUNTED}; give {DEEPEST} at most")
        if self._open:
            self._open[-1].deepest = max(self._open[-1].deepest, deepest)


def at(mark: Mark | None) -> str:
    """Return a place in words: `line 3, column 5`."""
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "manifest"


def _refuse(event: yaml.Event, message: str) -> NoReturn:
    raise ManifestError(f"{at(event.start_mark)}: {message}")
