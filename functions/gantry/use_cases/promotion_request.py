"""What somebody or something wants promoted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.deployment import StateEntry
from gantry.promotion.manifest.name_fields import REPOSITORY_PATTERN
from gantry.promotion.object_name import is_object_name
from gantry.promotion.service_name import location_of, service_of


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

    @property
    def location(self) -> str:
        """Where the artifact lies: the repository of an image, or `<bucket>/<key>` of an object."""
        return location_of(self.artifact, self.service)

    @property
    def tag_to_resolve(self) -> str | None:
        """The tag, where nothing names the digest: a tag may move, a digest does not."""
        return None if self.digest else self.tag


@dataclass(frozen=True, slots=True)
class ResolveRequest(StateEntry):
    """A promotion that begins."""

    promotion: PromotionRequest


def named_service(event: Mapping[str, Any]) -> str:
    """Return the service that an input names, whatever else is wrong with it; `unknown` where it names none."""
    named = event.get("artifact")
    if isinstance(named, Mapping) and is_object_name(named.get("bucket"), named.get("key")):
        return service_of(ArtifactKind.S3_OBJECT, f"{named['bucket']}/{named['key']}")
    detail = event.get("detail")
    named = detail.get("repository-name") if isinstance(detail, Mapping) else event.get("repository")
    return named if isinstance(named, str) and re.fullmatch(REPOSITORY_PATTERN, named) else "unknown"
