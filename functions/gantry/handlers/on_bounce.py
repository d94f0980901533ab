"""OnBounce: a question that SES had taken as a mail did not arrive. Nobody waits for somebody who cannot answer."""

from typing import Any

from pydantic import BaseModel, Field

from gantry.aws.approvals import Approvals
from gantry.aws.mail import APPROVAL_TAG, KIND_TAG
from gantry.handlers.approval_outcome import conclude
from gantry.handlers.approval_requests import note_undelivered
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext


class Recipient(BaseModel):
    """Somebody whose mail server said no, and its words for it."""

    address: str = Field(alias="emailAddress")
    diagnosis: str = Field(default="their mail server gives no reason", alias="diagnosticCode")


class Bounce(BaseModel):
    """Only a permanent bounce says that nobody is there: a transient one may be an out-of-office answer."""

    kind: str = Field(alias="bounceType")
    recipients: tuple[Recipient, ...] = Field(alias="bouncedRecipients")


class Sent(BaseModel):
    """The mail that the event is about."""

    destination: tuple[str, ...]
    tags: dict[str, tuple[str, ...]]


class Detail(BaseModel):
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html ."""

    mail: Sent
    bounce: Bounce | None = None
    """None when SES itself rejected the mail."""


class BounceEvent(BaseModel):
    """An event `Email Bounced` or `Email Rejected`."""

    detail: Detail

    def unreached(self) -> dict[str, str]:
        """Why, by address."""
        bounce = self.detail.bounce
        if bounce is None:
            return dict.fromkeys(self.detail.mail.destination, "SES rejected the mail as a virus")
        if bounce.kind != "Permanent":
            return {}
        return {each.address: each.diagnosis for each in bounce.recipients}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Note who cannot be reached; the approval ends when the others are too few.

    A reminder or a notice that did not arrive makes nobody unreachable: their question did.
    """
    bounced, approvals = BounceEvent.model_validate(event), Approvals.from_env()
    tags = bounced.detail.mail.tags
    (approval_id,), (kind,) = tags[APPROVAL_TAG], tags[KIND_TAG]
    if kind != "question":
        logger.info("safely ignored: no question, so who it was for has one", approval=approval_id, kind=kind)
        return
    for address, why in bounced.unreached().items():
        told = f"The mail to {address} did not arrive: {why}"
        approval = note_undelivered(approval_id, approvals, address, told)
        if approval.outcome == "undeliverable":
            conclude(approval, approvals)
