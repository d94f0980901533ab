"""What keeps a program from what its configuration refers to: it is not there, or the program may not read it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import own_region
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.references.errors import ReferenceUnreadableError
from gantry.promotion.target import Target
from gantry.targets.reading_kind import ReadingKind

if TYPE_CHECKING:
    from gantry.aws.referenced_versions import FoundVersions
    from gantry.promotion.references.reference import Reference
    from gantry.use_cases.services import Services

Place = tuple[str, str]
"""An account and a region."""


def place_of(target: Target) -> Place:
    """Return where a target's references are read."""
    return target.account, target.region


def missing(places: "Mapping[Place, tuple[Target, FoundVersions]]", services: "Services") -> Iterator[str]:
    """Yield what is not there, with the other regions of the account in which it is: those asked already, and our own.

    Args:
        places: what is there in each account and region, and a target in it.
        services: the adapters.
    """
    for (account, region), (target, found) in places.items():
        if not found.problems:
            continue
        there: dict[str, Collection[Reference]] = {
            other: known.versions for (its, other), (_, known) in places.items() if its == account
        }
        if (own := own_region()) not in there:
            there[own] = _there(replace(target, region=own), found.problems, services)
        for reference, problem in found.problems.items():
            elsewhere = " and ".join(other for other, known in there.items() if other != region and reference in known)
            yield f"{problem}. It is in {elsewhere}" if elsewhere else problem


def unreadable(
    targets: Iterable[Target], places: "Mapping[Place, tuple[Target, FoundVersions]]", services: "Services"
) -> Iterator[str]:
    """Yield what the targets' programs may not read of what is there. Each role is asked about once in a region.

    Raises:
        TargetAccessError: a workload account does not say what its roles may read.
    """
    readers = dict[tuple[Place, str], Target]()
    for target in targets:
        kind = services.kinds.of(target)
        if not (isinstance(kind, ReadingKind) and places[place_of(target)][1].versions):
            continue
        try:
            role = kind.reading_role(target)
        except ReferenceUnreadableError as error:
            yield str(error)
            continue
        if role:
            readers.setdefault((place_of(target), role), target)
    for (place, role), target in readers.items():
        yield from services.role_rights(target, role).problems(places[place][1])


def _there(target: Target, references: "Iterable[Reference]", services: "Services") -> "frozenset[Reference]":
    """Return what is there; nothing where the account does not let the pipeline in."""
    with suppress(TargetAccessError, BotoCoreError, ClientError):
        return services.referenced_versions(target).there(references)
    return frozenset()
