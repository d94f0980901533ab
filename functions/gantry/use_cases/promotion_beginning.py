"""What every promotion begins with, whether it brings an artifact or only a configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.board.listed_service import ListedService
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.events import StartedPromotion, promotion_started
from gantry.promotion.history import HistoryKind
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.promotion_origin import MOST_TAGS, PromotionOrigin
from gantry.promotion.quarantine import QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.source import with_manifest
from gantry.use_cases.promotion_history import history_of
from gantry.use_cases.promotion_request import PromotionRequest, ResolveRequest
from gantry.use_cases.pushed_object import object_release
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
    promoted: tuple[str, ...] = ()
    """The same, and those that have this configuration already: the policy file does not count them as skipped."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    """By environment, its own release of a change of configuration alone; empty where all get the same artifact."""
    needing: tuple[str, ...] = ()
    """Those of the environments that need something of the infrastructure first."""


def needing(environments: Iterable[Environment]) -> tuple[str, ...]:
    """Return the names of those environments that need something of the infrastructure first."""
    return tuple(each.name for each in environments if each.needs)


def require_starter(promotion: PromotionRequest, environments: tuple[Environment, ...]) -> None:
    """People do not approve what they started, unless the manifest lets them. So Gantry must know who they are."""
    gated = [each.name for each in environments if each.approval and not each.approval.self_approval]
    if promotion.is_manual and not promotion.started_by and gated:
        message = (
            'Say who starts this promotion: "started_by": "you@example.com". The manifest has self_approval: false for '
            f"{' and '.join(gated)}, so this person cannot approve it there"
        )
        raise InvalidRequestError(message)


def release_to_promote(
    request: ResolveRequest, manifest: Manifest, revision: str, tags: tuple[str, ...] | None, services: Services
) -> tuple[Release, PromotionOrigin]:
    """Return the release that a request names, and whose it is.

    Args:
        request: the request.
        manifest: the newest one.
        revision: its revision.
        tags: those of the image, if they are known already.
        services: the adapters.

    Raises:
        ArtifactNotFoundError, ArtifactTypeError, ArtifactArchitectureError, InvalidRequestError: there is none.
    """
    promotion = request.promotion
    if promotion.artifact is ArtifactKind.S3_OBJECT:
        found = object_release(request, manifest, services)
        artifact, pushed_by, tag, source = found.artifact, found.pushed_by, found.tag, found.source
        tags = (tag,) if tag else ()
    else:
        image = services.images.resolve(
            promotion.location, manifest.architecture, promotion.tag_to_resolve, promotion.digest, known_tags=tags
        )
        artifact, pushed_by, tag, source = image.artifact, image.pushed_by, promotion.tag, image.source
        tags = image.tags[:MOST_TAGS]
    manifested = services.manifests.origin(promotion.service, revision)
    source = with_manifest(source, manifested.source if manifested else None)
    release = Release(promotion.service, artifact, revision, tag, source)
    return release, PromotionOrigin(promotion.is_manual, pushed_by, promotion.started_by, tags, promotion.is_verified)


def record_start(
    request: ResolveRequest, release: Release, started: StartedPromotion, manifest: Manifest, services: Services
) -> None:
    """Release the digest from quarantine if a person said why, write down who started what, then publish it."""
    if started.why_released:
        starter = (request.promotion.started_by, request.promotion.is_verified)
        released = QuarantineRelease(request.at, started.why_released, request.execution, *starter)
        services.quarantines.release(release.service, release.digest, released)
    event = promotion_started(release, started, request.execution)
    running = RunningPromotion(request.execution, release, started.environments, request.at)
    listed = ListedService.of(release.service, manifest, request.at)
    services.started_promotions.add(running, history_of(event, HistoryKind.PROMOTION_STARTED, request), listed)
    logger.info("promotion started", facts=event.detail)
    services.events.publish(event)
