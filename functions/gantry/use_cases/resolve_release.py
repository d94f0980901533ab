"""Decide whether something names a release, which artifact and configuration it is, and whose."""

from dataclasses import dataclass
from enum import StrEnum

from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.errors import ArtifactTypeError, InvalidRequestError, ManifestError
from gantry.promotion.events import StartedPromotion, promotion_ignored, promotion_started
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.manifest.place import is_misplaced
from gantry.promotion.promotion_origin import MOST_TAGS, PromotionOrigin
from gantry.promotion.quarantine import QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.versioning import reason_to_ignore
from gantry.use_cases.claiming import claim_push, claim_release
from gantry.use_cases.policy import current_policy, require_allowed, require_known_starter
from gantry.use_cases.promotion_history import history_of
from gantry.use_cases.promotion_request import PromotionRequest, ResolveRequest
from gantry.use_cases.pushed_image import lost_tag, tags_of
from gantry.use_cases.pushed_object import lost_version, object_release
from gantry.use_cases.safeguards import notify_of_weaker_safeguards
from gantry.use_cases.service_manifest import latest_manifest, missing_manifest
from gantry.use_cases.services import Services


class ResolvedOutcome(StrEnum):
    """What the promotion machine goes on with."""

    PROMOTE = "promote"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The release to promote, or the reason why there is none."""

    outcome: ResolvedOutcome
    reason: str | None = None
    release: Release | None = None
    origin: PromotionOrigin | None = None
    environments: tuple[str, ...] = ()
    """The names of the environments, in order. The machine gets each one when it comes to it."""


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
    if reason := _why_no_release(promotion, manifest):
        return _no_release(promotion, reason)
    environments = manifest.environments_to_promote(promotion.environments)
    names = tuple(each.name for each in environments)
    _require_starter(promotion, environments)
    tags = tags_of(promotion, services)
    why_old = lost_tag(promotion, tags, services) or lost_version(promotion, services)
    if reason := why_old or claim_push(request, services):
        return _ignored(request, reason, services)
    policy = current_policy(services)
    require_known_starter(policy, promotion)
    require_allowed(policy, manifest, names, names, services)
    try:
        release, origin = _release(request, manifest, revision, tags, services)
    except ArtifactTypeError as error:
        if promotion.is_manual:
            raise
        return _ignored(request, str(error), services)
    if reason := claim_release(request, release, environments, services):
        return _ignored(request, reason, services)
    started = StartedPromotion(origin, names, policy.revision, promotion.release_from_quarantine)
    _record_start(request, release, started, services)
    notify_of_weaker_safeguards(release, manifest, environments, request, services)
    return Resolution(ResolvedOutcome.PROMOTE, None, release, origin, names)


def _mistaken(request: ResolveRequest, reason: str, services: Services) -> Resolution:
    """Ignore a push of an artifact that the manifest of its name does not promote; refuse it when a person names it."""
    if request.promotion.is_manual:
        raise InvalidRequestError(reason)
    return _ignored(request, reason, services)


def _without_manifest(request: ResolveRequest, services: Services) -> Resolution:
    """Ignore a push of a service that has no manifest, but not in silence if somebody misplaced it."""
    promotion = request.promotion
    misplaced = services.manifests.misplaced(promotion.service)
    reason = missing_manifest(promotion.service, misplaced)
    if promotion.is_manual:
        message = f"There is no manifest to promote by: {reason}. Upload one, or correct the service's name"
        raise ManifestError(message)
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


def _require_starter(promotion: PromotionRequest, environments: tuple[Environment, ...]) -> None:
    """People do not approve what they started, unless the manifest lets them. So Gantry must know who they are."""
    gated = [each.name for each in environments if each.approval and not each.approval.self_approval]
    if promotion.is_manual and not promotion.started_by and gated:
        message = (
            'Say who starts this promotion: "started_by": "you@example.com". The manifest has self_approval: false for '
            f"{' and '.join(gated)}, so this person cannot approve it there"
        )
        raise InvalidRequestError(message)


def _release(
    request: ResolveRequest, manifest: Manifest, revision: str, tags: tuple[str, ...] | None, services: Services
) -> tuple[Release, PromotionOrigin]:
    promotion = request.promotion
    if promotion.artifact is ArtifactKind.S3_OBJECT:
        found = object_release(request, manifest, services)
        artifact, pushed_by, tag = found.artifact, found.pushed_by, found.tag
        tags = (tag,) if tag else ()
    else:
        image = services.images.resolve(
            promotion.location, manifest.architecture, promotion.tag_to_resolve, promotion.digest, known_tags=tags
        )
        artifact, pushed_by, tag, tags = image.artifact, image.pushed_by, promotion.tag, image.tags[:MOST_TAGS]
    release = Release(promotion.service, artifact, revision, tag)
    return release, PromotionOrigin(promotion.is_manual, pushed_by, promotion.started_by, tags, promotion.is_verified)


def _record_start(request: ResolveRequest, release: Release, started: StartedPromotion, services: Services) -> None:
    """Release the digest from quarantine if a person said why, write down who started what, then publish it."""
    if started.why_released:
        starter = (request.promotion.started_by, request.promotion.is_verified)
        released = QuarantineRelease(request.at, started.why_released, request.execution, *starter)
        services.quarantines.release(release.service, release.digest, released)
    event = promotion_started(release, started, request.execution)
    running = RunningPromotion(request.execution, release, started.environments, request.at)
    services.started_promotions.add(running, history_of(event, HistoryKind.PROMOTION_STARTED, request))
    logger.info("promotion started", facts=event.detail)
    services.events.publish(event)
