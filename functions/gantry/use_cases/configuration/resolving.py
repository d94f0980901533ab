"""Decide which environments get the newest manifest's configuration with the artifact that is live in each."""

from dataclasses import replace

from gantry.observability import logger
from gantry.promotion.configuration_changes import KeptArtifact
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.events import StartedPromotion
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.use_cases.configuration.planning import in_flight, plan_configuration, why_in_flight
from gantry.use_cases.policy import current_policy, require_allowed, require_known_starter
from gantry.use_cases.promotion_beginning import (
    Resolution,
    ResolvedOutcome,
    needing,
    record_start,
    release_to_promote,
    require_starter,
)
from gantry.use_cases.promotion_request import PromotionRequest, ResolveRequest
from gantry.use_cases.safeguards import notify_of_weaker_safeguards
from gantry.use_cases.services import Services


def resolve_configuration(request: ResolveRequest, manifest: Manifest, revision: str, services: Services) -> Resolution:
    """Compare with what is live, and record that the promotion has started. Nothing is claimed: nothing was pushed.

    An artifact that starts meanwhile is newer. So the deployments give way to it, and compare once more what runs.

    Raises:
        InvalidRequestError: a promotion is under way, or a configuration that differs cannot be changed alone.
        PolicyError, PolicyViolationError: the administrators do not allow the promotion.
        ArtifactNotFoundError: what is live somewhere cannot be read any more.
        NotificationError: the event could not be published.
    """
    promotion = request.promotion
    _require_none_in_flight(request, services)
    plan, compared = plan_configuration(manifest, promotion.environments, services)
    if not plan.kept:
        logger.info("no configuration to promote", service=promotion.service, reason=plan.why_not)
        return Resolution(ResolvedOutcome.IGNORED, plan.why_not)
    environments = tuple(each for each in compared if each.name in plan.kept)
    names, promoted = tuple(plan.kept), tuple(each.name for each in compared)
    require_starter(promotion, environments)
    policy = current_policy(services)
    require_known_starter(policy, promotion)
    require_allowed(policy, manifest, names, promoted, services)
    releases = {name: _release(name, kept, request, manifest, revision, services) for name, kept in plan.kept.items()}
    origin = PromotionOrigin(True, None, promotion.started_by, (), promotion.is_verified)
    whole = replace(releases[names[-1]], configuration_of=plan.configuration_of)
    started = StartedPromotion(origin, names, policy.revision, None, plan.left_out)
    record_start(request, whole, started, manifest, services)
    notify_of_weaker_safeguards(whole, manifest, environments, request, services)
    own = (whole, origin, names, promoted, releases)
    return Resolution(ResolvedOutcome.PROMOTE, None, *own, needing(environments))


def _require_none_in_flight(request: ResolveRequest, services: Services) -> None:
    """A retry finds its own start. A promotion may have ended without being able to say so."""
    for each in in_flight(request.promotion.service, services):
        if each.execution != request.execution and services.executions.is_running(each.execution):
            raise InvalidRequestError(why_in_flight(each))


def _release(  # noqa: PLR0913, PLR0917 -- a release is of many things
    environment: str,
    kept: KeptArtifact,
    request: ResolveRequest,
    manifest: Manifest,
    revision: str,
    services: Services,
) -> Release:
    named = kept_artifact(request.promotion, environment, kept)
    release, _ = release_to_promote(replace(request, promotion=named), manifest, revision, None, services)
    return of_configuration(release, environment, kept)


def kept_artifact(promotion: PromotionRequest, environment: str, kept: KeptArtifact) -> PromotionRequest:
    """Return the request for the very artifact that is live in an environment."""
    return replace(promotion, tag=kept.tag, digest=kept.digest, environments=(environment,))


def of_configuration(release: Release, environment: str, kept: KeptArtifact) -> Release:
    """Return a release as a change of the environment's configuration alone.

    Raises:
        InvalidRequestError: it is another artifact than the one that is live.
    """
    if release.digest != kept.digest:
        message = f"{environment}: {kept.digest} is live, and {release.digest} was found instead. Promote an artifact"
        raise InvalidRequestError(message)
    return replace(release, tag=kept.tag, configuration_of={environment: kept.name})
