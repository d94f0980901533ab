"""Find parts of what YAML read, right or wrong. A part of the wrong type is passed over: the shape check reports it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.problem import Location, Problem, path

Located = tuple[Location, Mapping[Any, Any]]
"""A mapping, and where it stands."""


def as_mapping(value: object) -> Mapping[Any, Any]:
    """Return the mapping itself; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_at(holder: Mapping[Any, Any], key: str) -> list[Any]:
    """Return the list at this key; an empty one for anything else."""
    value = holder.get(key)
    return value if isinstance(value, list) else []


def environments(document: object) -> list[Located]:
    """Return each environment with its location."""
    found = list_at(as_mapping(document), "environments")
    return [(("environments", index), as_mapping(each)) for index, each in enumerate(found)]


def repeated(
    values: Iterable[tuple[Location, object]], what: str, same: Callable[[str], str] = str
) -> Iterator[Problem]:
    """Yield a problem for each text that was given before. `same` returns equal texts for what counts as one."""
    first: dict[str, Location] = {}
    for location, value in values:
        if isinstance(value, str) and (earlier := first.setdefault(same(value), location)) != location:
            yield Problem(location, f"{what} {quoted(value)} is already at {path(earlier)}; give each one once")
