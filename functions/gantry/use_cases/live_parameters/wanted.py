"""What the ledger wants the parameters of an environment to say."""

from collections.abc import Collection, Iterable

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ManifestError
from gantry.promotion.live import Live
from gantry.promotion.live_parameter.value import Place
from gantry.promotion.live_parameter.wanted import WantedParameter, wanted_parameters
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.service_name import bucket_and_key, is_of_object, location_of
from gantry.use_cases.service_manifest import latest_manifest
from gantry.use_cases.services import Services


def wanted_in_ledger(service: str, environment: str, services: Services) -> tuple[WantedParameter, ...]:
    """Read the ledger, and return what an environment's parameters should say."""
    lives, gone = services.ledger.live_and_gone(service, environment)
    return wanted_parameters(
        lives, gone, _listed(service, environment, services), lambda live: place_of(live, services)
    )


def wanted_of(lives: Iterable[Live], listed: Collection[str], services: Services) -> tuple[WantedParameter, ...]:
    """Return the same of what was read already, without what has passed to others."""
    return wanted_parameters(lives, (), listed, lambda live: place_of(live, services))


def listed_targets(manifest: Manifest, environment: str) -> frozenset[str]:
    """Return the ids of the targets that a manifest has in an environment."""
    environments = [each for each in manifest.environments if each.name == environment]
    return frozenset(target.id for each in environments for target in each.targets)


def place_of(live: Live, services: Services) -> Place:
    """Return where a live artifact lies.

    Only an object has a version. Where an older version of Gantry did not record it, the name says whether it is one,
    and a repository whose name begins with s3/ gets no image then.
    """
    current = live.current
    if current.artifact_version:
        bucket, key = bucket_and_key(location_of(ArtifactKind.S3_OBJECT, live.service))
        return Place(bucket=bucket, key=key, version_id=current.artifact_version)
    if is_of_object(live.service):
        return Place()
    image = Artifact(ArtifactKind.CONTAINER_IMAGE, current.digest, live.service)
    return Place(image=services.image_uri(image, live.target.region))


def _listed(service: str, environment: str, services: Services) -> frozenset[str]:
    """Return none for a service that has been retired, or whose newest manifest is wrong: all that is live counts."""
    try:
        found = latest_manifest(service, services)
    except ManifestError:
        return frozenset()
    return listed_targets(found[0], environment) if found else frozenset()
