"""Find targets that are prepared in one draft, and refuse those for which the manifest sets different keys.

What is set for one of them and left out for the other would be whatever the first one has left there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.manifest.document import Located, as_mapping, list_at
from gantry.promotion.manifest.kinds import Schemas, configuration_of, own_keys, schema_of
from gantry.promotion.manifest.override import shared_keys, written_out
from gantry.promotion.manifest.problem import Location, Problem, path
from gantry.promotion.manifest.shape import shape_problems
from gantry.promotion.manifest.target_schema import SharedDraft


@dataclass(frozen=True, slots=True)
class _Place:
    """A target in the manifest, with the draft in which it is prepared."""

    at: Location
    environment: str
    target_id: str
    draft: SharedDraft


def shared_draft_problems(
    top: Mapping[Any, Any], environments: Iterable[Located], schemas: Schemas
) -> Iterator[Problem]:
    """Yield each target that differs in its keys from the first one with the same draft."""
    first: dict[str, _Place] = {}
    for location, environment in environments:
        for place in _places(location, written_out(shared_keys(top), environment), schemas):
            before = first.setdefault(place.draft.name, place)
            if place.target_id != before.target_id and place.draft.keys != before.draft.keys:
                yield _problem(before, place)


def sharing_drafts(drafts: Iterable[SharedDraft | None]) -> tuple[tuple[int, ...], ...]:
    """Return the groups of targets, by index, that are prepared in the same draft.

    Args:
        drafts: the draft of each target of an environment, in their order.
    """
    groups: dict[str, list[int]] = {}
    for index, draft in enumerate(drafts):
        if draft:
            groups.setdefault(draft.name, []).append(index)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _problem(before: _Place, place: _Place) -> Problem:
    differing = sorted(before.draft.keys ^ place.draft.keys)
    given, other = (place, before) if differing[0] in place.draft.keys else (before, place)
    one, two = given.environment, other.environment
    if one == two:
        one, two = path(given.at), path(other.at)
    message = (
        f"it shares {place.draft.name} with {path(before.at)}, but they differ in {', '.join(differing)}: "
        f"{differing[0]} is given for {one} and not for {two}. Give the same keys for both, each with its own value, "
        "or deploy them to different functions"
    )
    return Problem(place.at, message)


def _places(location: Location, environment: Mapping[Any, Any], schemas: Schemas) -> Iterator[_Place]:
    """Yield the targets of an environment that share a draft and are right so far."""
    configuration = as_mapping(environment.get("configuration"))
    for index, target in enumerate(list_at(environment, "targets")):
        schema, keys = schema_of(target, schemas), own_keys(as_mapping(target))
        if schema is None or any(shape_problems(schema.target_keys, keys)):
            continue
        draft = schema.shared_draft(keys, configuration_of(schema, configuration))
        if draft:
            name = str(environment.get("name"))
            yield _Place((*location, "targets", index), name, schema.target(keys).id, draft)
