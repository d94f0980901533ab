"""In which order the targets of an environment get a release: wave after wave, those of one wave side by side."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gantry.promotion.target import Target

MOST_SIDE_BY_SIDE = 40
"""Iterations that an inline Map runs at the same time at most; also the targets of an environment.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""

Wave = tuple[int, ...]
"""The indices of its targets."""


@dataclass(frozen=True, slots=True)
class Waves:
    """How many targets get a release side by side."""

    first: int = 1
    """How many targets the environment's very first wave has at most."""
    then: int = 10
    """How many targets each wave after it has at most."""
    by_region: bool = True
    """Whether a wave stays within one region. Otherwise the waves keep the manifest's order across regions."""

    def __str__(self) -> str:
        """Return it in words, for people."""
        if self == ONE_BY_ONE:
            return "one by one"
        if self == ALL_AT_ONCE:
            return "all at once"
        return f"{self.first} first, then up to {self.then} at once, region by region"


DEFAULT_WAVES = Waves()
ONE_BY_ONE = Waves(1, 1, by_region=False)
"""In the manifest's order exactly."""
ALL_AT_ONCE = Waves(MOST_SIDE_BY_SIDE, MOST_SIDE_BY_SIDE, by_region=False)
"""One wave over all regions."""


def waves_of(targets: Sequence[Target], waves: Waves, apart: Collection[Collection[int]] = ()) -> tuple[Wave, ...]:
    """Return the targets' indices, wave by wave. Each target is in one wave.

    Regions follow each other as the targets name them first, and each begins a new wave.

    Args:
        targets: the environment's targets.
        waves: how many of them are deployed to side by side.
        apart: groups of indices of which no two may be in one wave, because they are prepared in the same draft. They
            make more waves, not an error.
    """
    regions = dict.fromkeys(target.region for target in targets) if waves.by_region else (None,)
    found: list[list[int]] = []
    for region in regions:
        begin = len(found)
        for index, target in enumerate(targets):
            if region in (None, target.region):
                _place(index, found, begin, waves, apart)
    return tuple(map(tuple, found))


def _place(index: int, found: list[list[int]], begin: int, waves: Waves, apart: Collection[Collection[int]]) -> None:
    """Put a target into the earliest wave since `begin` that has room for it, or into a new one."""
    rivals = {each for group in apart if index in group for each in group}
    for number, wave in enumerate(found[begin:], start=begin):
        room = waves.then if number else waves.first
        if len(wave) < room and rivals.isdisjoint(wave):
            wave.append(index)
            return
    found.append([index])
