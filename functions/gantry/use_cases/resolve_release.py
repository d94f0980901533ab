"""Decide whether something names a release, which artifact and configuration it is, and whose."""

from gantry.observability import logger
from gantry.promotion.errors import ArtifactTypeError, InvalidRequestError, ManifestError
from gantry.promotion.events import StartedPromotion, promotion_ignored
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.place import is_misplaced
from gantry.promotion.versioning import reason_to_ignore
from gantry.use_cases.claiming import claim_push, claim_release
from gantry.use_cases.configuration.resolving import resolve_configuration
from gantry.use_cases.policy import current_policy, require_allowed, require_known_starter
from gantry.use_cases.promotion_beginning import (
    Resolution,
    ResolvedOutcome,
    needing,
    record_start,
    release_to_promote,
    require_starter,
)
from gantry.use_cases.promotion_history import history_of
from gantry.use_cases.promotion_request import PromotionRequest, ResolveRequest
from gantry.use_cases.pushed_image import lost_tag, tags_of
from gantry.use_cases.pushed_object import lost_version
from gantry.use_cases.safeguards import notify_of_weaker_safeguards
from gantry.use_cases.service_manifest import latest_manifest, missing_manifest, no_such_service
from gantry.use_cases.services import Services


def resolve_release(request: ResolveRequest, services: Services) -> Resolution:
    """Find the release that is to be promoted, claim it, and record that its promotion has started.

    Raises:
        InvalidRequestError: a person's input is wrong.
        ManifestError: the manifest is wrong, or missing where a person starts the promotion.
        PolicyError, PolicyViolationError: the administrators do not allow the promotion.
        ArtifactTypeError: a person names something that cannot run; a push of it is ignored.
        ArtifactNotFoundError, ArtifactArchitectureError: no artifact can run on the service's targets.
        NotificationError: the event could not be published.
    """
    promotion = request.promotion
    found = latest_manifest(promotion.service, services)
    mistaken = promotion.mistaken_artifact(found[0].source) if found else None
    if found is None or mistaken:
        return _mistaken(request, mistaken, services) if mistaken else _without_manifest(request, services)
    manifest, revision = found
    if promotion.is_configuration_only:
        return resolve_configuration(request, manifest, revision, services)
    return _resolve_artifact(request, manifest, revision, services)


def _resolve_artifact(request: ResolveRequest, manifest: Manifest, revision: str, services: Services) -> Resolution:
    promotion = request.promotion
    if reason := _why_no_release(promotion, manifest):
        return _no_release(promotion, reason)
    environments = manifest.environments_to_promote(promotion.environments)
    names = tuple(each.name for each in environments)
    require_starter(promotion, environments)
    tags = tags_of(promotion, services)
    why_old = lost_tag(promotion, tags, services) or lost_version(promotion, services)
    if reason := why_old or claim_push(request, services):
        return _ignored(request, reason, services)
    policy = current_policy(services)
    require_known_starter(policy, promotion)
    require_allowed(policy, manifest, names, names, services)
    try:
        release, origin = release_to_promote(request, manifest, revision, tags, services)
    except ArtifactTypeError as error:
        if promotion.is_manual:
            raise
        return _ignored(request, str(error), services)
    if reason := claim_release(request, release, environments, services):
        return _ignored(request, reason, services)
    started = StartedPromotion(origin, names, policy.revision, promotion.release_from_quarantine)
    record_start(request, release, started, manifest, services)
    notify_of_weaker_safeguards(release, manifest, environments, request, services)
    own = (release, origin, names, names)
    return Resolution(ResolvedOutcome.PROMOTE, None, *own, needing=needing(environments))


def _mistaken(request: ResolveRequest, reason: str, services: Services) -> Resolution:
    """Ignore a push of an artifact that the manifest of its name does not promote; refuse it when a person names it."""
    if request.promotion.is_manual:
        raise InvalidRequestError(reason)
    return _ignored(request, reason, services)


def _without_manifest(request: ResolveRequest, services: Services) -> Resolution:
    """Ignore a push of a service that has no manifest, but not in silence if somebody misplaced it."""
    promotion = request.promotion
    if promotion.is_manual:
        raise ManifestError(no_such_service(promotion.service, services))
    misplaced = services.manifests.misplaced(promotion.service)
    reason = missing_manifest(promotion.service, misplaced)
    if misplaced and is_misplaced(misplaced, promotion.service):
        return _ignored(request, reason, services)
    return _no_release(promotion, reason)


def _why_no_release(promotion: PromotionRequest, manifest: Manifest) -> str | None:
    """Return why a pushed image is no release, by its tag. Each new version of an object is one."""
    if promotion.is_manual or manifest.versioning is None:
        return None
    return reason_to_ignore(promotion.tag, manifest.versioning)


def _no_release(promotion: PromotionRequest, reason: str) -> Resolution:
    """Ignore a push that nobody meant to be promoted: only the log and the machine's output say why."""
    logger.info(
        "no release to promote",
        service=promotion.service,
        tag=promotion.tag,
        digest=promotion.digest,
        reason=reason,
    )
    return Resolution(ResolvedOutcome.IGNORED, reason)


def _ignored(request: ResolveRequest, reason: str, services: Services) -> Resolution:
    """Ignore a push that somebody may have meant to be promoted: write down why, then publish it."""
    pushed = request.promotion
    named = {"digest": pushed.digest, "tag": pushed.tag, "version_id": pushed.version_id}
    event = promotion_ignored(pushed.service, named, reason, request.execution)
    services.ledger.record(history_of(event, HistoryKind.PROMOTION_IGNORED, request))
    logger.info("promotion ignored", facts=event.detail)
    services.events.publish(event)
    return Resolution(ResolvedOutcome.IGNORED, reason)
