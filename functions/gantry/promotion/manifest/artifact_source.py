"""What a manifest says of its artifact: images of a repository, or the versions of an object in a bucket."""

from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.artifact_keys import ArtifactKeys
from gantry.promotion.manifest.document import as_mapping, environments, list_at
from gantry.promotion.manifest.kinds import Schemas, schema_of, schemas_of
from gantry.promotion.manifest.messages import quoted, shortened
from gantry.promotion.manifest.model import DESCRIBED_VERSIONING
from gantry.promotion.manifest.place import key_of
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.manifest.shape import not_a_mapping
from gantry.promotion.object_name import is_object_name
from gantry.promotion.service_name import bucket_and_key, location_of, service_of

REPOSITORY, ARTIFACT = "repository", "artifact"
"""The keys that name the artifact. A manifest has one of them."""
_BUCKET = "bucket"
"""The key of an artifact, and of a target, that names the bucket it lies in."""


def artifact_kind(top: Mapping[Any, Any]) -> ArtifactKind | None:
    """Return what a manifest deploys, by its top keys; None when it gives both keys for it, or neither."""
    if (REPOSITORY in top) == (ARTIFACT in top):
        return None
    return ArtifactKind.CONTAINER_IMAGE if REPOSITORY in top else ArtifactKind.S3_OBJECT


def artifact_problems(document: object, schemas: Schemas, service: str | None) -> Iterator[Problem]:
    """Yield what is wrong with the artifact, and with the keys that only one kind of artifact has.

    Args:
        document: what YAML read.
        schemas: what a manifest may say of each kind of target.
        service: which service the manifest's key in the bucket belongs to; None when it has no key yet.
    """
    if not isinstance(document, dict):
        return
    kind = artifact_kind(document)
    if kind is None:
        yield _not_one(document)
    if document.get(ARTIFACT, "") is None:  # null would be taken for no key at all
        yield Problem((ARTIFACT,), not_a_mapping(None, tuple(ArtifactKeys.model_fields)))
    if ARTIFACT not in document and "versioning" not in document:
        yield Problem(("versioning",), f"missing; give {DESCRIBED_VERSIONING}")
    if kind is ArtifactKind.S3_OBJECT:
        yield from _keys_of_images(document, schemas)
        yield from _pushes_of_its_own(document, schemas)
        yield from _no_copies(as_mapping(document[ARTIFACT]))
    if kind is not None:
        yield from _wrong_service(kind, document, service)


def _not_one(top: Mapping[Any, Any]) -> Problem:
    if REPOSITORY in top:
        message = (
            "the manifest also has a repository; leave out artifact if the releases are its images, or repository if "
            "they are the object's versions"
        )
        return Problem((ARTIFACT,), message)
    message = (
        "missing; give the ECR repository in the assets account, or instead of it artifact, with the bucket and the "
        "key of an object"
    )
    return Problem((REPOSITORY,), message)


def _keys_of_images(top: Mapping[Any, Any], schemas: Schemas) -> Iterator[Problem]:
    if "versioning" in top:
        message = "objects have no tags to choose by: each new version of the artifact is a release; leave it out"
        yield Problem(("versioning",), message)
    targets = [target for _, environment in environments(top) for target in list_at(environment, "targets")]
    if "architecture" in top and not any(each.runs_code for each in schemas_of(targets, schemas)):
        yield Problem(("architecture",), "nothing runs the artifact on the targets' kinds; leave it out")


def _no_copies(artifact: Mapping[Any, Any]) -> Iterator[Problem]:
    """A bucket has one region, so the artifact's own can be no other region's."""
    for region, bucket in as_mapping(artifact.get("buckets")).items():
        if isinstance(bucket, str) and bucket == artifact.get(_BUCKET):
            message = "this is the artifact's own bucket; give the bucket of another region, or leave it out"
            yield Problem((ARTIFACT, "buckets", region), message)


def _pushes_of_its_own(top: Mapping[Any, Any], schemas: Schemas) -> Iterator[Problem]:
    """A bucket of artifacts tells Gantry of every object that is written to it, whoever writes it."""
    artifact = as_mapping(top[ARTIFACT])
    buckets = [artifact.get(_BUCKET), *as_mapping(artifact.get("buckets")).values()]
    for location, environment in environments(top):
        for index, target in enumerate(list_at(environment, "targets")):
            schema = schema_of(target, schemas)
            given = as_mapping(target).get(_BUCKET)
            if schema and _BUCKET in schema.target_keys.model_fields and isinstance(given, str) and given in buckets:
                message = "artifacts lie in it, so each deployment there would be a push; give another bucket"
                yield Problem((*location, "targets", index, _BUCKET), message)


def _wrong_service(kind: ArtifactKind, top: Mapping[Any, Any], wanted: str | None) -> Iterator[Problem]:
    given = _named(kind, top)
    if wanted is None or given is None or given == wanted:
        return
    message = (
        f"the manifest of {quoted(given)} has to be {key_of(shortened(given))}, not {key_of(wanted)}; rename the file"
        f"{_instead(kind, wanted)}"
    )
    yield Problem((REPOSITORY if kind is ArtifactKind.CONTAINER_IMAGE else ARTIFACT,), message)


def _named(kind: ArtifactKind, top: Mapping[Any, Any]) -> str | None:
    """Return the service that a manifest names; None where that is no text."""
    if kind is ArtifactKind.CONTAINER_IMAGE:
        return top[REPOSITORY] if isinstance(top[REPOSITORY], str) else None
    bucket, key = (as_mapping(top[ARTIFACT]).get(each) for each in ("bucket", "key"))
    return service_of(kind, f"{bucket}/{key}") if isinstance(bucket, str) and isinstance(key, str) else None


def _instead(kind: ArtifactKind, wanted: str) -> str:
    """Return what would be right at the place where the manifest is."""
    bucket, key = bucket_and_key(location_of(ArtifactKind.S3_OBJECT, wanted))
    if wanted == service_of(ArtifactKind.S3_OBJECT, f"{bucket}/{key}") and is_object_name(bucket, key):
        of_object = f"bucket: {bucket} and key: {key}"
        return f", or give {of_object}" if kind is ArtifactKind.S3_OBJECT else f", or give artifact, with {of_object}"
    return f", or give {wanted}" if kind is ArtifactKind.CONTAINER_IMAGE else f", or give repository: {wanted}"
