"""What keeps a program from what its configuration refers to: it is not there, or the program may not read it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from gantry.promotion.references.errors import ReferenceUnreadableError
from gantry.promotion.target import Target
from gantry.targets.reading_kind import ReadingKind

if TYPE_CHECKING:
    from gantry.aws.referenced_versions import FoundVersions
    from gantry.use_cases.services import Services

Place = tuple[str, str]
"""An account and a region."""


def place_of(target: Target) -> Place:
    """Return where a target's references are read."""
    return target.account, target.region


def unreadable(
    targets: Iterable[Target], places: "Mapping[Place, FoundVersions]", services: "Services"
) -> Iterator[str]:
    """Yield what the targets' programs may not read of what is there. Each role is asked about once in a region.

    Raises:
        TargetAccessError: a workload account does not say what its roles may read.
    """
    readers = dict[tuple[Place, str], Target]()
    for target in targets:
        kind = services.kinds.of(target)
        if not (isinstance(kind, ReadingKind) and places[place_of(target)].versions):
            continue
        try:
            role = kind.reading_role(target)
        except ReferenceUnreadableError as error:
            yield str(error)
            continue
        if role:
            readers.setdefault((place_of(target), role), target)
    for (place, role), target in readers.items():
        yield from services.role_rights(target, role).problems(places[place])
