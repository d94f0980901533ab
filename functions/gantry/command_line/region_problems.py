"""Where a manifest has regions that lead nowhere, or that this version of Gantry does not know."""

from collections.abc import Iterator, Mapping

from gantry.command_line.results.found_problem import FoundProblem
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.located_problems import located
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.yaml_text import read
from gantry.use_cases.preflight.regions import region_names


def region_problems(manifest: Manifest, text: str) -> tuple[tuple[FoundProblem, ...], tuple[FoundProblem, ...]]:
    """Return what is wrong with regions, and what is to be warned of: each once in each environment, with its line.

    Args:
        manifest: what the text says.
        text: the YAML.
    """
    names = region_names(target.region for each in manifest.environments for target in each.targets)
    document = read(text) if names.nowhere or names.unknown else None
    nowhere, unknown = (
        tuple(FoundProblem.of(each) for each in located(_problems(manifest, said), text, document))
        for said in (names.nowhere, names.unknown)
    )
    return nowhere, unknown


def _problems(manifest: Manifest, said: Mapping[str, str]) -> Iterator[Problem]:
    for index, environment in enumerate(manifest.environments):
        first = dict[str, int]()
        for number, target in enumerate(environment.targets):
            first.setdefault(target.region, number)
        for region, number in first.items():
            if region in said:
                yield Problem(("environments", index, "targets", number, "region"), said[region])
