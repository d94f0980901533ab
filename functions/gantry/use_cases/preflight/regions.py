"""The regions of a manifest's targets that this version of Gantry does not know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gantry.aws.regions import is_nowhere, known_regions
from gantry.promotion.region_names import no_such_region, unknown_region


@dataclass(frozen=True, slots=True)
class RegionNames:
    """What there is to say about regions."""

    nowhere: Mapping[str, str]
    """Why a region cannot be, by its name."""
    unknown: Mapping[str, str]
    """That nobody knows whether a region is one, by its name."""

    def hint(self, region: str) -> str:
        """Return what to add to a problem in a region; empty where it is known."""
        return f". {self.unknown[region]}" if region in self.unknown else ""


def region_names(regions: Iterable[str]) -> RegionNames:
    """Look up the names of those regions that the SDK does not know; of the others nothing is to be said."""
    known = known_regions()
    strange = sorted(set(regions) - known)
    nowhere = {each: no_such_region(each, known) for each in strange if is_nowhere(each)}
    unknown = {each: unknown_region(each, known) for each in strange if each not in nowhere}
    return RegionNames(nowhere, unknown)
