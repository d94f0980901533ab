"""In which other regions than the pipeline's an artifact has to be first, and how an object gets there."""

from botocore.exceptions import ClientError

from gantry.artifacts.artifact_objects import copy_key
from gantry.aws.clients import code_of, message_of
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.errors import ManifestError, ReplicationFailedError
from gantry.promotion.manifest.content import Environment
from gantry.targets.registry import schema_of
from gantry.use_cases.services import Services

_REFUSALS = {
    "AccessDenied": "It does not exist, or may not be read or written: name both buckets in the pipeline's "
    "ArtifactBuckets, and their keys in ArtifactKeyArns",
    "NoSuchBucket": "Create the bucket, or correct artifact.buckets in the manifest",
    "NoSuchKey": "It was deleted: push it again",
    "NoSuchVersion": "It was deleted: push it again",
}


def regions_elsewhere(artifact: Artifact, environment: Environment, own_region: str) -> tuple[str, ...]:
    """Return the other regions in which the environment's targets read an artifact, sorted.

    Args:
        artifact: what is deployed.
        environment: where to.
        own_region: the pipeline's.

    Raises:
        ManifestError: an object is needed where the manifest names no bucket for it.
    """
    nearby = {each.region for each in environment.targets if schema_of(each.kind).reads_own_region}
    elsewhere = sorted(nearby - {own_region})
    if artifact.kind is ArtifactKind.S3_OBJECT and (
        missing := [each for each in elsewhere if each not in artifact.copies]
    ):
        named = ", ".join(f"{region}: <a bucket there>" for region in missing)
        raise ManifestError(
            f"environments.{environment.name}: its targets in {' and '.join(missing)} can read buckets of their own "
            f"region only. Add to artifact: buckets: {{{named}}}. The stack's ArtifactBuckets has to name them too"
        )
    return tuple(elsewhere)


def copy_to(region: str, artifact: Artifact, services: Services) -> None:
    """Copy an object to the bucket of another region, unless it is there already, and compare the bytes.

    Raises:
        ReplicationFailedError: it is not there afterwards; the message says what to do.
    """
    bucket, key = artifact.copies[region], copy_key(artifact)
    try:
        digest = services.object_copies_in(region).copy(artifact.location, artifact.version or "", bucket, key)
    except ClientError as error:
        if code_of(error) not in _REFUSALS:
            raise
        why = f"{code_of(error)}: {message_of(error)}. {_REFUSALS[code_of(error)]}"
        raise ReplicationFailedError(
            f"version {artifact.version} of s3://{artifact.location} could not be copied to s3://{bucket}: {why}"
        ) from error
    if digest != artifact.digest:
        found = f"has the digest {digest}, not {artifact.digest}" if digest else "has no SHA-256 of all its bytes"
        raise ReplicationFailedError(f"s3://{bucket}/{key} {found}: it is no copy of Gantry's. Delete it")
