"""What somebody or something wants promoted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import StateEntry
from gantry.promotion.manifest.content import ArtifactSource
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN
from gantry.promotion.manifest.place import key_of
from gantry.promotion.object_name import is_object_name
from gantry.promotion.service_name import NO_SERVICE, bucket_and_key, is_of_object, location_of, service_of


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """A push, or what a person wants; not checked against anything yet."""

    service: str
    tag: str | None
    """The tag that names an image. An object has none: what it is tagged with for people is in its metadata."""
    digest: str | None
    is_manual: bool
    environments: tuple[str, ...] | None = None
    """None for all of the manifest's."""
    release_from_quarantine: str | None = None
    """Why the digest may leave quarantine."""
    started_by: str | None = None
    """Who starts it manually: a caller's ARN, or a name as they say it."""
    is_verified: bool = False
    """Whether a record says that it was a push, or who called. Otherwise it was started past both."""
    artifact: ArtifactKind = ArtifactKind.CONTAINER_IMAGE
    """What the service's artifacts are, by whatever started this. The manifest may say something else."""
    version_id: str | None = None
    """The S3 version id that names an object."""
    is_configuration_only: bool = False
    """Whether only the configuration is to change. Then nothing names an artifact: each environment keeps its own."""

    @property
    def location(self) -> str:
        """Where the artifact lies: the repository of an image, or `<bucket>/<key>` of an object."""
        return location_of(self.artifact, self.service)

    def mistaken_artifact(self, source: ArtifactSource) -> str | None:
        """Return why the manifest of this name does not promote this artifact; None when it does.

        A repository may be called `s3/<bucket>/<key>` too, which is the name of an object's service.
        """
        if self.artifact is source.kind:
            return None
        promoted, named = (_described(kind, self.service) for kind in (source.kind, self.artifact))
        return (
            f"{key_of(self.service)} is for {promoted}, not for {named}{self._instead()}. Correct the manifest if it "
            "should be; otherwise give the repository another name, because one manifest cannot be for both"
        )

    def _instead(self) -> str:
        """Return what a person should have given who named an object's service as a repository."""
        hint = object_hint(self.service) if self.is_manual and self.artifact is ArtifactKind.CONTAINER_IMAGE else None
        return f"; {hint}" if hint else ""

    @property
    def tag_to_resolve(self) -> str | None:
        """The tag, where nothing names the digest: a tag may move, a digest does not."""
        return None if self.digest else self.tag


@dataclass(frozen=True, slots=True)
class ResolveRequest(StateEntry):
    """A promotion that begins."""

    promotion: PromotionRequest


def _described(kind: ArtifactKind, service: str) -> str:
    location = location_of(kind, service)
    return f"the object s3://{location}" if kind is ArtifactKind.S3_OBJECT else f"images of the repository {location}"


def object_hint(repository: str) -> str | None:
    """Return what to give instead of a repository that is called like the service of an object; None otherwise."""
    bucket, key = bucket_and_key(location_of(ArtifactKind.S3_OBJECT, repository))
    if not is_of_object(repository) or not is_object_name(bucket, key):
        return None
    named = json.dumps({"bucket": bucket, "key": key})
    return f'for the object, give "artifact": {named} instead of the repository'


def named_service(event: object) -> str:
    """Return the service that an input names, whatever else is wrong with it; NO_SERVICE where it names none."""
    if not isinstance(event, Mapping):
        return NO_SERVICE
    if found := named_object(event):
        return found
    detail = event.get("detail")
    named = detail.get("repository-name") if isinstance(detail, Mapping) else event.get("repository")
    return named if isinstance(named, str) and re.fullmatch(REPOSITORY_PATTERN, named) else NO_SERVICE


def named_object(event: Mapping[str, Any]) -> str | None:
    """Return the service of the object that an input names, whatever else is wrong with it; None without one."""
    named = event.get("artifact")
    if not isinstance(named, Mapping) or not is_object_name(named.get("bucket"), named.get("key")):
        return None
    return service_of(ArtifactKind.S3_OBJECT, f"{named['bucket']}/{named['key']}")
