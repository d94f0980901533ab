"""ResolveRelease: decides whether an input names a release, which digest and configuration it is, and whose."""

from dataclasses import asdict
from typing import Any

from gantry.aws.images import Images
from gantry.aws.ledger import Ledger
from gantry.aws.manifests import Manifests
from gantry.aws.notifications import EventBus
from gantry.aws.quarantines import Quarantines
from gantry.aws.release_claims import ReleaseClaims
from gantry.handlers.observability import logger
from gantry.handlers.pushes import Asked, asked_for
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.errors import InvalidRequestError, ManifestError
from gantry.promotion.ledger import HistoryEntry, ReleaseClaim
from gantry.promotion.manifest.content import Environment, Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import QuarantineRelease
from gantry.promotion.release import Release, reason_to_ignore
from gantry.promotion.traffic import longest_rollout_seconds


class ResolveRequest(StateRequest):
    """The state's payload."""

    event: dict[str, Any]


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the outcome `promote` with the release, its origin and environments, or `ignored` with the reason.

    Raises:
        InvalidRequestError: a person's input is wrong.
        ManifestError: the manifest is.
        ArtifactNotFoundError, ArtifactArchitectureError: there is no image that the service's functions can run.
    """
    request = ResolveRequest.model_validate(event)
    asked = asked_for(request.event)
    found = Manifests.from_env().latest(asked.repository)
    if found is None:
        return _without_manifest(asked)
    text, revision = found
    manifest = parse(text, repository=asked.repository)
    if not asked.is_manual and (reason := reason_to_ignore(asked.tag, manifest.versioning)):
        return _ignored(asked, reason)
    environments = manifest.environments_to_promote(asked.environments)
    _check_who_starts(asked, environments)
    release, origin = _found(asked, manifest, revision)
    claim = ReleaseClaim(release, request.execution, request.at)
    if earlier := _claim(asked, claim):
        return _ignored(
            asked,
            f"this release is carried already by {earlier.execution}; to promote it again, start an execution by hand",
        )
    _begin(request, asked, release, origin, environments)
    return {
        "outcome": "promote",
        "release": asdict(release),
        "origin": asdict(origin),
        "environments": [_as_input(each, manifest) for each in environments],
    }


def _without_manifest(asked: Asked) -> dict[str, Any]:
    reason = f"the manifest bucket has no services/{asked.repository}.yaml"
    if asked.is_manual:
        raise ManifestError(f"There is nothing to promote by: {reason}. Upload one, or correct the repository's name")
    return _ignored(asked, reason)


def _ignored(asked: Asked, reason: str) -> dict[str, Any]:
    logger.info(
        "no release to promote", repository=asked.repository, tag=asked.tag, image_digest=asked.digest, reason=reason
    )
    return {"outcome": "ignored", "reason": reason, "release": None, "origin": None, "environments": []}


def _check_who_starts(asked: Asked, environments: tuple[Environment, ...]) -> None:
    """Nobody approves what they started themselves, unless the manifest lets them; so it must be known who they are."""
    gated = [each.name for each in environments if each.approval and not each.approval.self_approval]
    if asked.is_manual and not asked.started_by and gated:
        message = (
            'say who starts it: "started_by": "you@example.com"; the manifest says self_approval: false for '
            f"{' and '.join(gated)}, so whoever starts it cannot approve it there"
        )
        raise InvalidRequestError(message)


def _found(asked: Asked, manifest: Manifest, revision: str) -> tuple[Release, PromotionOrigin]:
    image = Images.from_env().resolve(
        asked.repository, manifest.architecture, tag=asked.tag_to_resolve, digest=asked.digest
    )
    if image.unreadable:
        logger.warning("the image does not say who pushed it", image_digest=image.digest, reason=image.unreadable)
    release = Release(asked.repository, image.digest, revision, asked.tag)
    return release, PromotionOrigin(asked.is_manual, image.pushed_by, asked.started_by, image.tags)


def _claim(asked: Asked, claim: ReleaseClaim) -> ReleaseClaim | None:
    """A push is promoted once. What a person starts by hand is promoted again, and takes the claim over."""
    claims = ReleaseClaims.from_env()
    if not asked.is_manual:
        return claims.claim(claim)
    claims.replace(claim)
    return None


def _begin(
    request: ResolveRequest,
    asked: Asked,
    release: Release,
    origin: PromotionOrigin,
    environments: tuple[Environment, ...],
) -> None:
    """Write down who started what, and why it is released from quarantine if it is; then say so."""
    facts: dict[str, Any] = asdict(release) | asdict(origin) | {"environments": [each.name for each in environments]}
    if reason := asked.release_from_quarantine:
        released = QuarantineRelease(request.at, reason, request.execution, asked.started_by)
        Quarantines.from_env().release(release.service, release.image_digest, released)
        facts["released_from_quarantine"] = reason
    Ledger.from_env().record(
        HistoryEntry(release.service, request.at, "promotion_started", request.execution, facts=facts)
    )
    logger.info("promotion started", facts=facts)
    EventBus.from_env().announce("Promotion Started", {**facts, "execution": request.execution}, [])


def _as_input(environment: Environment, manifest: Manifest) -> dict[str, Any]:
    """An environment as the promotion machine carries it; every key is there, because JSONata has no default."""
    return asdict(environment) | {
        "architecture": manifest.architecture,
        "deployment_seconds": longest_rollout_seconds(environment.plan),
    }
