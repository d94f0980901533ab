"""A region's name that nobody knows, and which one may be meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.75


def nearest_region(region: str, known: Iterable[str]) -> str | None:
    """Return the known region that is spelt most alike; None where none is. Swapped letters count least."""

    def likeness(other: str) -> tuple[bool, float]:
        return sorted(other) == sorted(region), SequenceMatcher(None, other, region).ratio()

    found = max(sorted(known), key=likeness, default=None)
    return found if found and max(likeness(found)) >= _ALIKE else None


def unknown_region(region: str, known: Iterable[str]) -> str:
    """Return that a region is unknown to this version of Gantry, and which one may be meant."""
    return f"{region} is no region that this version of Gantry knows{_meant(region, known)}"


def no_such_region(region: str, known: Iterable[str]) -> str:
    """Return that a region does not exist, and which one may be meant."""
    return f"There is no region {region}: AWS has no endpoint of this name{_meant(region, known)}"


def _meant(region: str, known: Iterable[str]) -> str:
    nearest = nearest_region(region, known)
    return f".{f' Is {nearest} meant?' if nearest else ''} Correct the target's region in the manifest"
