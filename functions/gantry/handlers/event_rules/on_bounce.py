"""OnBounce: SES had accepted a mail to an approver, and it did not arrive."""

from typing import Any

from pydantic import BaseModel, Field

from gantry.aws.mail import APPROVAL_TAG, KIND_TAG
from gantry.handlers import entry
from gantry.observability import logger, metrics
from gantry.use_cases.approvals.bounces import BouncedMail, note_bounce


class Recipient(BaseModel):
    """One recipient, with the answer of their mail server."""

    address: str = Field(alias="emailAddress")
    diagnosis: str = Field(default="their mail server gives no reason", alias="diagnosticCode")


class Bounce(BaseModel):
    """Only a permanent bounce means that nobody is there. A transient one may be an out-of-office reply."""

    kind: str = Field(alias="bounceType")
    recipients: tuple[Recipient, ...] = Field(alias="bouncedRecipients")


class EventMail(BaseModel):
    """The mail that the event is about."""

    destination: tuple[str, ...]
    tags: dict[str, tuple[str, ...]]


class Detail(BaseModel):
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html ."""

    mail: EventMail
    bounce: Bounce | None = None
    """None when SES itself rejected the mail."""


class BounceEvent(BaseModel):
    """An event `Email Bounced` or `Email Rejected`."""

    detail: Detail

    def bounced_mail(self) -> BouncedMail:
        """Return the mail, with the reason why each recipient cannot be reached."""
        tags = self.detail.mail.tags
        (approval_id,), (kind,) = tags[APPROVAL_TAG], tags[KIND_TAG]
        return BouncedMail(approval_id, kind, self._reasons())

    def _reasons(self) -> dict[str, str]:
        bounce = self.detail.bounce
        if bounce is None:
            return dict.fromkeys(self.detail.mail.destination, "SES rejected the mail as a virus")
        if bounce.kind != "Permanent":
            return {}
        return {each.address: each.diagnosis for each in bounce.recipients}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: entry.LambdaContext) -> None:
    """Note everybody who cannot be reached. The approval ends when too few approvers are left."""
    note_bounce(entry.parse(BounceEvent, event).bounced_mail(), entry.services())
