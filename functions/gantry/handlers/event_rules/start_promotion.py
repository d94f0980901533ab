"""StartPromotion: a tagged image was pushed to ECR. ResolveRelease decides whether it is a release."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.promotion_start import PromotionStart, push_name
from gantry.promotion.timestamps import iso
from gantry.use_cases.start_promotion import start_promotion


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


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the ARN of the promotion's execution."""
    push = entry.parse(PushEvent, event)
    return entry.payload(start_promotion(push.promotion_start(iso(datetime.now(UTC))), entry.services()))
