"""Say of each problem on which line it is, and in which environment or rule: people do not count from zero."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gantry.promotion.manifest.messages import shortened
from gantry.promotion.manifest.problem import Problem, first_of
from gantry.promotion.manifest.yaml_places import YamlPlaces

OF_MANIFEST = {"environments": ("name", "environment")}
"""By the key of a list: which key names its items, and what an item is called."""
OF_POLICY = {"bindings": ("rule", "rule"), "floors": ("rule", "rule")}


def located(
    problems: Iterable[Problem], text: str, document: object, names: Mapping[str, tuple[str, str]] = OF_MANIFEST
) -> tuple[Problem, ...]:
    """Return the first problems with their lines and names, in the order in which they were found.

    Args:
        problems: as the rules found them.
        text: the YAML.
        document: what it holds.
        names: which lists have items with names.
    """
    first = first_of(list(problems))
    places = YamlPlaces(text) if first else None
    return tuple(
        replace(
            each,
            line=places.line(each.location) if places and each.location else None,
            about=_about(each, document, names),
        )
        for each in first
    )


def _about(problem: Problem, document: object, names: Mapping[str, tuple[str, str]]) -> str | None:
    match problem.location:
        case (str(key), int(index), *_) if key in names and isinstance(document, Mapping):
            named_by, called = names[key]
            items = document.get(key)
            item = items[index] if isinstance(items, list) and index < len(items) else None
            name = item.get(named_by) if isinstance(item, Mapping) else None
            return f"{called} {shortened(name)}" if isinstance(name, str) and name else None
    return None
