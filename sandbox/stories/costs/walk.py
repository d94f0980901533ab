"""Which states an execution enters, by a definition and what is decided on the way."""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
Way = str | int
"""The state that a Choice leads to, or how many iterations a Map has."""


class WayError(Exception):
    """The definition and what is decided on the way do not fit together."""


def entered(definition: Path, ways: Mapping[str, Sequence[Way]]) -> Counter[str]:
    """Return how often an execution enters each state.

    Args:
        definition: the file of the state machine.
        ways: for each Choice and each Map, what is decided there, one after the other.

    Raises:
        WayError: the definition has no such way, or one is missing or left over.
    """
    walk = _Walk({name: deque(each) for name, each in ways.items()})
    found = Counter(walk.through(json.loads(definition.read_text(encoding="utf-8"))))
    if left := {name: list(each) for name, each in walk.ways.items() if each}:
        raise WayError(f"{definition.name}: nobody came to {left}")
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    ways: dict[str, deque[Way]] = field(default_factory=dict)

    def through(self, graph: Json) -> Iterator[str]:
        """Yield the states from the first to the last one."""
        name: str | None = graph["StartAt"]
        while name is not None:
            state: Json = graph["States"][name]
            yield name
            if state["Type"] == "Map":
                for _ in range(int(self._next(name))):
                    yield from self.through(state["ItemProcessor"])
            name = self._after(name, state)

    def _after(self, name: str, state: Json) -> str | None:
        if state["Type"] != "Choice":
            following: str | None = state.get("Next")
            return following
        way = str(self._next(name))
        if way not in {state.get("Default"), *(each["Next"] for each in state["Choices"])}:
            raise WayError(f"{name} does not lead to {way}")
        return way

    def _next(self, name: str) -> Way:
        if not self.ways.get(name):
            raise WayError(f"nothing is decided for {name}")
        return self.ways[name].popleft()
