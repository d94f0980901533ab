"""Look once whether a release's artifact is in every region that it goes to."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import ReplicationPendingError
from gantry.promotion.release import Release
from gantry.use_cases.artifact_regions import copy_to
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ReplicationRequest(StateEntry):
    """A release whose targets are in other regions than the pipeline."""

    release: Release
    elsewhere: tuple[str, ...]
    """Those regions."""


@dataclass(frozen=True, slots=True)
class ReplicatedRelease:
    """Its artifact is in all of these regions."""

    regions: tuple[str, ...]


def await_replication(request: ReplicationRequest, services: Services) -> ReplicatedRelease:
    """Return the regions, once the artifact is in each. That it is there counts, however it came there.

    An object is copied there; ECR brings images by itself.

    Raises:
        ReplicationFailedError: it will not arrive by itself.
        ReplicationPendingError: it is on its way. The definition looks again, for about 30 minutes.
    """
    artifact = request.release.artifact
    if artifact.kind is ArtifactKind.S3_OBJECT:
        for region in request.elsewhere:
            copy_to(region, artifact, services)
    else:
        _require_image(request, services)
    logger.info("replicated", release=str(request.release), regions=request.elsewhere)
    return ReplicatedRelease(request.elsewhere)


def _require_image(request: ReplicationRequest, services: Services) -> None:
    image = request.release.artifact
    missing = [region for region in request.elsewhere if not services.images_in(region).has(image)]
    if missing:
        progress = "; ".join([services.replication.progress(image, region) for region in missing])
        raise ReplicationPendingError(
            f"{request.release} has not arrived everywhere ({progress}). ECR takes up to 30 minutes, and replicates "
            "only what was pushed after its rule was made. If it is COMPLETE, something has deleted it there. Push it "
            "again, or copy it there by its digest; then start the promotion manually"
        )
