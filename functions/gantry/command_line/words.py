"""Names, ages and sentences for a terminal."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from gantry.promotion.timestamps import in_one_unit, moment
from gantry.promotion.visible_text import one_line

if TYPE_CHECKING:
    from gantry.promotion.release import Release

_SHORT_DIGEST = 12
_DOTS = "…"
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def release_name(tag: str | None, digest: str | None) -> str:
    """Return what people call a release: its tag, or else the beginning of its digest."""
    return one_line(tag) if tag else (digest or "unknown").removeprefix("sha256:")[:_SHORT_DIGEST]


def name_of(release: "Release") -> str:
    """Return what people call what is on its way: an artifact, or a configuration that comes without one."""
    return with_what(release_name(release.tag, release.digest), is_configuration_only=release.is_configuration_only)


def with_what(name: str, *, is_configuration_only: bool) -> str:
    """Return a release's name, and whether only its configuration is meant."""
    return f"{name} (configuration only)" if is_configuration_only else name


def age(since: str, now: str) -> str:
    """Return how long ago something was: `3 h`."""
    return in_one_unit((moment(now) - moment(since)).total_seconds())


def left(until: str, now: str) -> str:
    """Return how long something lasts yet, rounded: `5 min`, `42 s`; `over` when its time has passed."""
    seconds = (moment(until) - moment(now)).total_seconds()
    if seconds <= 0:
        return "over"
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= size), ("s", 1))
    return f"{ceil(seconds / size) if unit in {'min', 's'} else round(seconds / size)} {unit}"


def fitting(text: str, width: int) -> str:
    """Return a name in so many columns: a longer one loses its middle, because names differ at their ends."""
    text = one_line(text)
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return text[: width - 1 - end] + _DOTS + text[len(text) - end :]


def about(name: str, said: str, width: int) -> str:
    """Return what is said of a name in so many columns: only the name is shortened."""
    return f"{fitting(name, width - len(said) - 1)} {said}"


def several(words: Sequence[str], most: int = 2) -> str:
    """Return the first of some words, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def person(who: str) -> str:
    """Return an address, or the end of an ARN: `assumed-role/Ops/alice`."""
    return one_line(who.rpartition(":")[2] if who.startswith("arn:") else who)
