"""StartPromotion: a tagged image was pushed to ECR. ResolveRelease decides whether it is a release."""

from typing import Any

from pydantic import BaseModel, Field

from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.promotion_start import PromotionStart, push_name
from gantry.use_cases.start_promotion import start_promotion


class PushDetail(BaseModel):
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html ."""

    repository: str = Field(alias="repository-name")
    digest: str = Field(alias="image-digest")
    tag: str | None = Field(default=None, alias="image-tag")


class PushEvent(BaseModel):
    """An event `ECR Image Action`."""

    id: str
    time: str
    detail: PushDetail

    def promotion_start(self) -> PromotionStart:
        """Return what is to be recorded and started."""
        pushed = self.detail
        return PromotionStart(push_name(self.id), self.time, pushed.repository, pushed.tag, pushed.digest)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the ARN of the promotion's execution."""
    return entry.payload(start_promotion(entry.parse(PushEvent, event).promotion_start(), entry.services()))
