"""Which release a preview is about, found as ResolveRelease finds it, but without claiming or copying anything."""

from dataclasses import dataclass, replace

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.preview.preview import Chosen
from gantry.promotion.promotion_origin import MOST_TAGS, PromotionOrigin
from gantry.promotion.release import Release
from gantry.use_cases.promotion_request import PromotionRequest
from gantry.use_cases.pushed_object import deployed_version
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What somebody wants to know before they promote it."""

    service: str
    caller: str
    """Their ARN. A promotion that they start would be theirs."""
    at: str
    """ISO 8601, UTC."""
    environments: tuple[str, ...] | None = None
    """None for all of the manifest's."""
    tag: str | None = None
    digest: str | None = None
    version_id: str | None = None
    """Without any of the three, the release is chosen."""
    releases_quarantine: bool = False
    """Whether they would release the digest from quarantine."""
    is_configuration_only: bool = False
    """Whether only the configuration would change."""

    @property
    def names_a_release(self) -> bool:
        """Whether they say which release."""
        return bool(self.tag or self.digest or self.version_id)


@dataclass(frozen=True, slots=True)
class FoundRelease:
    """The release, and whose it would be."""

    release: Release
    origin: PromotionOrigin
    chosen: Chosen


def found_release(
    request: PreviewRequest, manifest: Manifest, revision: str, first: str, services: Services
) -> FoundRelease:
    """Return the release that is named; or else what is live in the environment before the first one, or the newest.

    Raises:
        InvalidRequestError: none is named and none can be chosen, or nobody knows an object's digest yet.
        ArtifactNotFoundError, ArtifactTypeError, ArtifactArchitectureError: it cannot be promoted.
    """
    promotion = PromotionRequest(
        request.service,
        request.tag,
        request.digest,
        is_manual=True,
        started_by=request.caller,
        is_verified=True,
        artifact=manifest.source.kind,
        version_id=request.version_id,
    )
    chosen: Chosen = "live" if request.is_configuration_only else "named"
    if not request.names_a_release:
        release, chosen = _chosen(manifest, first, services)
        promotion = replace(promotion, tag=release.tag, digest=release.digest, version_id=release.artifact.version)
    if promotion.artifact is ArtifactKind.S3_OBJECT:
        return _object(promotion, manifest, revision, chosen, services)
    found = services.images.resolve(
        promotion.location, manifest.architecture, promotion.tag_to_resolve, promotion.digest
    )
    origin = PromotionOrigin(
        is_manual=True,
        pushed_by=found.pushed_by,
        started_by=request.caller,
        tags=found.tags[:MOST_TAGS],
        is_verified=True,
    )
    return FoundRelease(Release(request.service, found.artifact, revision, promotion.tag, found.source), origin, chosen)


def _object(
    promotion: PromotionRequest, manifest: Manifest, revision: str, chosen: Chosen, services: Services
) -> FoundRelease:
    version = promotion.version_id or deployed_version(promotion, services)
    known = _digest_on_record(promotion.service, version, services)
    found = services.object_versions.look(promotion.location, version, manifest.source.copies, known)
    if found is None:
        raise InvalidRequestError(
            f"S3 knows no SHA-256 of all bytes of version {version} of s3://{promotion.location}. A promotion lets S3 "
            "compute it in a copy, and a preview writes nothing. Upload it in one part, with --checksum-algorithm "
            "SHA256, to preview it"
        )
    if promotion.digest and promotion.digest != found.artifact.digest:
        named = f"version {version} of s3://{promotion.location}"
        raise InvalidRequestError(f"{named} has the digest {found.artifact.digest}, not {promotion.digest}")
    origin = PromotionOrigin(
        is_manual=True,
        pushed_by=found.pushed_by,
        started_by=promotion.started_by,
        tags=(found.tag,) if found.tag else (),
        is_verified=True,
    )
    release = Release(promotion.service, found.artifact, revision, found.tag, found.source)
    return FoundRelease(release, origin, chosen)


def _digest_on_record(service: str, version: str, services: Services) -> str | None:
    lives = services.ledger.live(service)
    every = (each for live in lives for each in (live.current, *live.lineage))
    return next((each.digest for each in every if each.artifact_version == version), None)


def _chosen(manifest: Manifest, first: str, services: Services) -> tuple[Release, Chosen]:
    """Choose what is live in the environment before; in front of the first one, what was promoted last."""
    names = [each.name for each in manifest.environments]
    index = names.index(first)
    if not index:
        return _promoted_last(manifest.service, services), "newest_promotion"
    before = names[index - 1]
    lives = services.ledger.live(manifest.service, before)
    if not lives:
        raise InvalidRequestError(f"Nothing is live in {before}, the environment before {first}. Name a release")
    current = lives[0].current
    if others := {each.current.digest for each in lives} - {current.digest}:
        message = f"{len(others) + 1} different releases are live in {before}, the environment before {first}. Name one"
        raise InvalidRequestError(message)
    artifact = _artifact_of(manifest, current.digest, current.artifact_version)
    return Release(manifest.service, artifact, current.manifest_revision or "", current.tag), "environment_before"


def _artifact_of(manifest: Manifest, digest: str, version: str | None) -> Artifact:
    return Artifact(manifest.source.kind, digest, manifest.source.location, version)


def _promoted_last(service: str, services: Services) -> Release:
    newest = services.started_promotions.newest(service)
    claim = services.claims.get(service, newest.release_id) if newest else None
    if claim is None:
        raise InvalidRequestError(f"Nothing of {service} was promoted yet. Name a release")
    return claim.release
