"""Mail to approvers."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Self

from botocore.exceptions import ClientError

from gantry.aws.clients import client, code_of, message_of
from gantry.promotion.errors import MailError

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

APPROVAL_TAG = "approval"
"""What a mail, and whatever SES tells of it, carries the approval's id as."""
KIND_TAG = "kind"
"""What it carries its kind as."""
MailKind = Literal["question", "reminder", "notice"]
"""Without their question people cannot answer; a reminder comes after it, and a notice asks nothing."""

_WHAT_TO_DO = {
    "MessageRejected": (
        "verify the sender in SES; while the account is in SES' sandbox, verify each approver's address too, or ask "
        "for production access (https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html)"
    ),
    "MailFromDomainNotVerifiedException": "finish the DNS records of the sender's custom MAIL FROM domain in SES",
    "NotFoundException": (
        "create and verify the sender's identity in SES, in the pipeline's region; if it is the configuration set that "
        "is missing, create it again by its name, or deploy the stack again"
    ),
    "BadRequestException": "check that the sender and the approver are mail addresses",
    "AccountSuspendedException": "SES has suspended this account: answer its notice in the SES console",
    "SendingPausedException": "sending is paused for this account in this region: resume it in the SES console",
    "LimitExceededException": "the account's SES sending quota is used up: wait, or ask for more",
}


class Mail:
    """SES with one sender."""

    def __init__(self, sesv2: "SESV2Client", sender: str, configuration_set: str) -> None:
        self._sesv2 = sesv2
        self._sender = sender
        self._configuration_set = configuration_set

    @classmethod
    def from_env(cls) -> Self:
        """From the variables MAIL_SENDER and MAIL_EVENTS, the configuration set that tells of bounces."""
        return cls(client("sesv2"), os.environ["MAIL_SENDER"], os.environ["MAIL_EVENTS"])

    def send(self, to: str, subject: str, text: str, html: str, tags: Mapping[str, str]) -> None:
        """Send one mail to one person, as text and as HTML. A bounce will come back with the tags.

        Names and values of tags are made of ASCII letters, digits, `_` and `-`:
        https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html

        Raises:
            MailError: SES refuses it for a reason that trying again does not change; the message says what to do.
        """
        try:
            self._sesv2.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
                Content={
                    "Simple": {
                        "Subject": {"Data": subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": text, "Charset": "UTF-8"},
                            "Html": {"Data": html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            advice = _WHAT_TO_DO.get(code_of(error))
            if advice is None:
                raise
            raise MailError(f"no mail from {self._sender} to {to}: {message_of(error)} To do: {advice}") from error
