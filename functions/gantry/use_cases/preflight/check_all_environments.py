"""Look at all environments of a promotion side by side, before the first is deployed to. Nothing is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gantry.observability import logger
from gantry.promotion.approval_quorum import is_reachable, why_unreachable
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.aws_partition import region_in
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import ManifestError, TargetOwnedError
from gantry.promotion.lease import Lease
from gantry.promotion.obstacles import Obstacle, require_none
from gantry.promotion.policy.content import Policy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.use_cases.artifact_regions import regions_elsewhere
from gantry.use_cases.needs.looking import needs_of
from gantry.use_cases.policy import current_policy, require_owner
from gantry.use_cases.preflight.looks import Look, image_look, needs_look, target_look
from gantry.use_cases.preflight.regions import RegionNames, region_names
from gantry.use_cases.preview.looked_at_target import ToLookAt
from gantry.use_cases.service_manifest import CarriedEnvironment, carried_environment, manifest_of
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side

_AT_ONCE = 16
"""Looks. Lambda answers 15 calls a second in each account and region, and running deployments need them too."""

_LONGEST_REASON = 500
"""Characters. A promotion has a few hundred targets at most, and a state takes 256 KiB."""


@dataclass(frozen=True, slots=True)
class AllEnvironments(StateEntry):
    """A release in front of all environments that it is promoted to."""

    release: Release
    origin: PromotionOrigin
    environments: tuple[str, ...]
    """Their names, in order."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    """By environment, its own release of a change of configuration alone."""
    redrives: int = 0
    """How often the promotion was redriven. It may have deployed something before."""


@dataclass(frozen=True, slots=True)
class CheckedEnvironments:
    """Nothing is known that would stop the promotion later."""

    looks: int
    """How many targets and regions were looked at."""
    unknown: tuple[str, ...]
    """Which of them told nothing, or not everything, and why."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """An environment that the release will come to."""

    environment: CarriedEnvironment
    release: Release
    """What comes to it."""
    leases: tuple[Lease, ...]
    """Those on its targets, in their order."""
    regions: RegionNames


def check_all_environments(request: AllEnvironments, seconds: float, services: Services) -> CheckedEnvironments:
    """Return quietly unless something would surely stop the promotion later.

    Args:
        request: the release, and where it goes.
        seconds: how long all looks together are given. What has not answered by then is unknown, and stops nothing.
        services: the adapters; only reading.

    Raises:
        EnvironmentsNotReadyError: something would; the message has everything.
        ManifestError: the release's revision of the manifest was deleted, or this version of Gantry does not take it.
        PolicyError: the policy file is wrong.
    """
    policy, ahead = current_policy(services), _ahead(request, services)
    known = {each.environment.name: list(_known(each, policy, request)) for each in ahead}
    looks = [look for each in ahead for look in _looks(each, request, services)]
    outcomes = side_by_side(looks, lambda each, _: each.see(), seconds, _AT_ONCE)
    unknown = tuple(f"{what}: {type(error).__name__}: {error}"[:_LONGEST_REASON] for what, error in outcomes.errors)
    seen = {name: _seen([each for each in looks if each.environment == name]) for name in known}
    logger.info("all environments looked at", environments=request.environments, looks=len(looks), unknown=unknown)
    require_none([each for name in known for each in (*known[name], *seen[name])], is_redriven=request.redrives > 0)
    return CheckedEnvironments(len(looks), unknown)


def _seen(looks: Sequence[Look]) -> list[Obstacle]:
    """Return what looks at an environment have found. Where it waits for infrastructure, that may bring the rest."""
    waits = any(tuple(each.awaited) for each in looks)
    found = (each for look in looks for each in tuple(look.found))
    return [each for each in found if not (waits and each.may_be_brought)]


def _ahead(request: AllEnvironments, services: Services) -> list[_Ahead]:
    manifest = manifest_of(request.release, services)
    environments = [carried_environment(name, manifest) for name in request.environments]
    targets = [target for each in environments for target in each.targets]
    regions = region_names(each.region for each in targets)
    leases = iter(services.standings.at_gate(request.release, targets).leases)
    return [
        _Ahead(
            each,
            request.releases.get(each.name, request.release),
            tuple(next(leases) for _ in each.targets),
            regions,
        )
        for each in environments
    ]


def _known(ahead: _Ahead, policy: Policy, request: AllEnvironments) -> Iterator[Obstacle]:
    """Yield what stops the release there, as far as the ledger, the manifest and the release itself say."""
    environment, release = ahead.environment, ahead.release
    checks: list[Callable[[], object]] = [
        partial(require_owner, policy, release.service, lease)
        for lease in ahead.leases
        if lease.live_for  # who only waits there may never become its owner
    ]
    checks.append(partial(regions_elsewhere, release.artifact, environment, region_in(request.execution)))
    for check in checks:
        try:
            check()
        except (TargetOwnedError, ManifestError) as error:
            yield Obstacle(environment.name, str(error))
    approval = environment.approval
    if approval and not is_reachable(approval, request.origin):
        yield Obstacle(environment.name, why_unreachable(environment.name, approval, release, request.origin))
    for region in dict.fromkeys(each.region for each in environment.targets):
        if reason := ahead.regions.nowhere.get(region):
            yield Obstacle(environment.name, reason)


def _looks(ahead: _Ahead, request: AllEnvironments, services: Services) -> Iterator[Look]:
    """Yield the looks at its targets, and at the other regions in which its image has to be."""
    environment, artifact, regions = ahead.environment, ahead.release.artifact, ahead.regions
    for target, lease in zip(environment.targets, ahead.leases, strict=True):
        if target.region not in regions.nowhere:
            wanted = ToLookAt(target, ahead.release, environment, request.entered_at)
            yield target_look(wanted, lease, regions.hint(target.region), services)
    for needs in needs_of(environment):
        if needs.target.region not in regions.nowhere:
            yield needs_look(environment, needs, regions.hint(needs.target.region), services)
    if artifact.kind is ArtifactKind.CONTAINER_IMAGE:
        for region in regions_elsewhere(artifact, environment, region_in(request.execution)):
            if region not in regions.nowhere:
                yield image_look(environment.name, region, artifact, regions.hint(region), services)
