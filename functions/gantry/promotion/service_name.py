"""What a service is called: like the repository of its images, or `s3/<bucket>/<key>` after its object.

A repository may be called `s3/…` too. So a name alone does not say what the artifact is: who knows keeps its kind.
"""

from gantry.promotion.artifact import ArtifactKind

_OBJECTS = "s3/"
NO_SERVICE = "unknown"
"""What the ledger and events call the service of a promotion whose input names none."""


def service_of(kind: ArtifactKind, location: str) -> str:
    """Return the name of the service with the artifacts at a location, which is as `Artifact.location` has it."""
    return _OBJECTS + location if kind is ArtifactKind.S3_OBJECT else location


def location_of(kind: ArtifactKind, service: str) -> str:
    """Return where a service's artifacts lie, as `Artifact.location` has it."""
    return service.removeprefix(_OBJECTS) if kind is ArtifactKind.S3_OBJECT else service


def bucket_and_key(location: str) -> tuple[str, str]:
    """Return the bucket and the key of an object's location."""
    bucket, _, key = location.partition("/")
    return bucket, key


def is_of_object(service: str) -> bool:
    """Whether a name looks like an object's. A repository's may too."""
    return service.startswith(_OBJECTS)


def without_own_extension(service: str) -> str:
    """Return the name without the extension of its object's key: `s3/acme/etl` of `s3/acme/etl.py`."""
    folders, slash, name = service.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return f"{folders}{slash}{stem}" if is_of_object(service) and stem and dot else service
