"""How the rules look at what YAML read, right or wrong: nothing of the wrong shape is found, and all has its path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.messages import path, show

Place = tuple[str | int, ...]
"""`("environments", 0, "approval")`; the whole manifest is `()`."""


def mapping(value: object) -> Mapping[Any, Any]:
    """The mapping itself; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(holder: Mapping[Any, Any], key: str) -> list[Any]:
    """The list at this key; an empty one for anything else."""
    value = holder.get(key)
    return value if isinstance(value, list) else []


def repeated(names: Iterable[tuple[Place, object]], what: str, same: Callable[[str], str] = str) -> Iterator[str]:
    """A problem for each name that stands at an earlier place already; `same` makes equal what counts as one."""
    first: dict[str, Place] = {}
    for place, name in names:
        if isinstance(name, str) and (earlier := first.setdefault(same(name), place)) != place:
            yield f"{path(place)}: {what} {show(name)} is already at {path(earlier)}; give each one once"
