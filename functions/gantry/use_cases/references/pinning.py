"""Find the versions of what an environment's configuration refers to."""

from typing import TYPE_CHECKING

from gantry.promotion.manifest.content import Environment
from gantry.promotion.references.errors import ReferenceNotFoundError, ReferenceUnreadableError
from gantry.promotion.references.pins import with_versions
from gantry.promotion.references.reference import references_in
from gantry.promotion.target import Target
from gantry.targets.registry import schema_of
from gantry.use_cases.references.problems import Place, missing, place_of, unreadable
from gantry.use_cases.throwaway_masking import throwaway_masking

if TYPE_CHECKING:
    from gantry.aws.referenced_versions import FoundVersions
    from gantry.use_cases.services import Services


def pinned_targets(environment: Environment, services: "Services") -> tuple[Target, ...]:
    """Return an environment's targets with the versions that a release takes there, all of the same moment.

    Raises:
        ReferenceNotFoundError: something is not there, or not any more; with everything of the environment.
        ReferenceUnreadableError: the role of a target's program may not read something; with everything too.
        TargetAccessError: a workload account does not say what is there, or what its roles may read.
    """
    return _all_pinned(environment.targets, environment, services)


def pinned_target(target: Target, environment: Environment, services: "Services") -> Target:
    """Return one of an environment's targets with the versions that a release takes there.

    Raises:
        ReferenceNotFoundError: something is not there, or not any more.
        ReferenceUnreadableError: the role of the target's program may not read something.
        TargetAccessError: the workload account does not say what is there, or what its roles may read.
    """
    (found,) = _all_pinned((target,), environment, services)
    return found


def _all_pinned(targets: tuple[Target, ...], environment: Environment, services: "Services") -> tuple[Target, ...]:
    """Ask each account and region once, and none where nothing is referred to."""
    references = references_in(environment.configuration)
    if not references:
        return targets
    places: dict[Place, tuple[Target, FoundVersions]] = {}
    for target in targets:
        if (place := place_of(target)) not in places:
            places[place] = target, services.referenced_versions(target).find(references)
    lacking, forbidden = list(missing(places, services)), list(unreadable(targets, places, services))
    if lacking:
        raise ReferenceNotFoundError("; ".join([*lacking, *forbidden]))
    if forbidden:
        raise ReferenceUnreadableError("; ".join(forbidden))
    return tuple(_pinned(each, environment, places[place_of(each)][1]) for each in targets)


def _pinned(target: Target, environment: Environment, found: "FoundVersions") -> Target:
    settings = schema_of(target.kind).mask(environment.configuration, throwaway_masking())
    return with_versions(target, found.versions, settings)
