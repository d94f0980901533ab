"""How a release lies in a bucket, whichever of the two forms a target has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import RevisionMismatchError
from gantry.targets.s3_object.bucket import Bucket
from gantry.targets.s3_object.settings import Settings
from gantry.targets.s3_object.stored_object import StoredObject


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """What a prepared object should be."""

    digest: str
    """Of its bytes."""
    settings: Settings


class Form(Protocol):
    """How a release lies in a bucket."""

    content_type: str
    """What the live key has where the manifest does not say it."""

    def refusal(self, artifact: Artifact) -> str | None:
        """Return why the live key can never take an artifact, and what to do; None when it can."""

    def prepare(self, artifact: Artifact, revision: str, wanted: Settings) -> None:
        """Write the prepared object of a revision, and what it needs, unless it is there."""

    def settings(self, prepared: StoredObject) -> Settings:
        """Return what a prepared object has besides the artifact."""

    def missing(self, prepared: StoredObject) -> str | None:
        """Return what a prepared object needs and does not have any more; None when all is there."""

    def write(self, prepared: StoredObject, condition: Mapping[str, Any]) -> str:
        """Give the live key what a revision is, by one conditional write; return the new version's id."""


def given(settings: Settings, own: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of a write: the settings, with Gantry's own metadata."""
    request = settings.request()
    return {**request, "Metadata": {**request["Metadata"], **own}}


def require_same(bucket: Bucket, found: StoredObject, wanted: StoredSettings, settings: Settings) -> None:
    """Raise RevisionMismatchError if what is there already has other bytes or settings than are wanted."""
    bytes_ = [] if found.digest == wanted.digest else ["content"]
    if differences := [*bytes_, *settings.differences(wanted.settings)]:
        raise RevisionMismatchError(
            f"{bucket.target.id}: s3://{bucket.target.bucket}/{found.key} is there already with another "
            f"{', '.join(differences)}. Nothing is overwritten there: find out who wrote it, and delete it"
        )
