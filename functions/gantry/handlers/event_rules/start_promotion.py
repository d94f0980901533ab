"""StartPromotion: an image or an object was pushed. ResolveRelease decides whether it is a release.

Of objects, only those that have a manifest start an execution: people may upload hundreds at once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from gantry.artifacts.object_versions import NO_VERSION
from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.promotion_start import PromotionStart, push_name
from gantry.promotion.service_name import service_of
from gantry.promotion.timestamps import iso
from gantry.use_cases.start_promotion import start_promotion, start_promotion_of_object


class PushDetail(BaseModel):
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html ."""

    repository: str = Field(alias="repository-name")
    digest: str = Field(alias="image-digest")
    tag: str | None = Field(default=None, alias="image-tag")


class PushEvent(BaseModel):
    """An event `ECR Image Action`."""

    id: str
    detail: PushDetail

    def promotion_start(self, now: str) -> PromotionStart:
        """Return what is to be recorded and started.

        Args:
            now: when. The event's own time may be long ago, if somebody replays it from an archive, and a record that
                has expired would make it a person's start.
        """
        pushed = self.detail
        return PromotionStart(push_name(self.id), now, pushed.repository, pushed.tag, pushed.digest)


class Bucket(BaseModel):
    """The bucket of an object."""

    name: str


class WrittenObject(BaseModel):
    """An object that was written."""

    key: str
    version_id: str = Field(default=NO_VERSION, alias="version-id")
    """Only buckets with versioning have them."""


class ObjectDetail(BaseModel):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html ."""

    bucket: Bucket
    written: WrittenObject = Field(alias="object")


class ObjectEvent(BaseModel):
    """An event `Object Created`."""

    id: str
    detail: ObjectDetail

    @classmethod
    def of(cls, event: object) -> "ObjectEvent | None":
        """Return the event if it is one of S3."""
        is_of_s3 = isinstance(event, Mapping) and event.get("source") == "aws.s3"
        return entry.parse(cls, event) if is_of_s3 else None

    def promotion_start(self, now: str) -> PromotionStart:
        """Return what is to be recorded and started; `now` is when."""
        kind, written = ArtifactKind.S3_OBJECT, self.detail.written
        service = service_of(kind, f"{self.detail.bucket.name}/{written.key}")
        return PromotionStart(push_name(self.id), now, service, artifact=kind, version_id=written.version_id)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the ARN of the promotion's execution, or the `reason` why an object starts none."""
    now = iso(datetime.now(UTC))
    if written := ObjectEvent.of(event):
        return entry.payload(start_promotion_of_object(written.promotion_start(now), entry.services()))
    push = entry.parse(PushEvent, event)
    return entry.payload(start_promotion(push.promotion_start(now), entry.services()))
