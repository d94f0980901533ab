"""Which version of an object is promoted: the one that was pushed, or that a person names."""

from gantry.artifacts.object_versions import NO_VERSION, ObjectVersion
from gantry.promotion.aws_partition import region_in
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.rollback_request import RollbackRequest
from gantry.use_cases.artifact_regions import regions_elsewhere
from gantry.use_cases.promotion_request import PromotionRequest, ResolveRequest
from gantry.use_cases.services import Services


def lost_version(promotion: PromotionRequest, services: Services) -> str | None:
    """Return why the push of an object is ignored that was deleted or pushed again since; None when it is the newest.

    Events come in any order. What is newest was pushed later, so its own push says what is to be live.
    """
    if promotion.is_manual or promotion.version_id in (None, NO_VERSION):
        return None
    if services.object_versions.is_current(promotion.location, promotion.version_id):
        return None
    return (
        f"version {promotion.version_id} is not the newest of s3://{promotion.location} any more: it was deleted, or "
        "what is newest is promoted by its own push"
    )


def object_release(request: ResolveRequest, manifest: Manifest, services: Services) -> ObjectVersion:
    """Return the version to promote, which is wherever the environments need it or can be copied there.

    Raises:
        InvalidRequestError: a person names the digest of nothing that was deployed, or the bytes are others now.
        ManifestError: it names no bucket in a region that needs one.
        ArtifactNotFoundError, ArtifactTypeError: as `ObjectVersions.resolve` says.
    """
    promotion = request.promotion
    version = promotion.version_id or deployed_version(promotion, services)
    found = services.object_versions.resolve(promotion.location, version, manifest.source.copies)
    if promotion.digest and promotion.digest != found.artifact.digest:
        raise InvalidRequestError(
            f"version {version} of s3://{promotion.location} has the digest {found.artifact.digest}, not "
            f"{promotion.digest}, as the ledger says. Do not trust its copy below .gantry/: give a version_id"
        )
    for environment in manifest.environments_to_promote(promotion.environments):
        regions_elsewhere(found.artifact, environment, region_in(request.execution))
    return found


def deployed_version(promotion: PromotionRequest, services: Services) -> str:
    """Return the version that was deployed with a digest: S3 finds none by its digest.

    Raises:
        InvalidRequestError: none was.
    """
    wish = RollbackRequest(digest=promotion.digest)
    for live in services.ledger.live(promotion.service):
        for each in (live.current, *live.lineage, *services.deployed.named(live, wish)):
            if each.digest == promotion.digest and each.artifact_version:
                return each.artifact_version
    bucket, _, key = promotion.location.partition("/")
    raise InvalidRequestError(
        f"Nothing with the digest {promotion.digest} of s3://{promotion.location} was deployed yet. Give its "
        f"version_id: aws s3api list-object-versions --bucket {bucket} --prefix {key} lists them"
    )
