"""Mail to approvers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import MailError

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

APPROVAL_TAG = "approval"
"""The tag with the approval's id, on a mail and on the events of SES about it."""
KIND_TAG = "kind"
"""The tag with the mail's kind."""
MailKind = Literal["question", "reminder", "notice"]
"""People cannot answer without their question. A reminder comes after it, and a notice asks nothing."""

_INSTEAD = "To do: name IAM roles or users as approvers, who answer by a signed call"
_ADVICE = {
    "MessageRejected": (
        "verify the sender in SES; while the account is in SES' sandbox, verify each approver's address too, or ask "
        "for production access (https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html)"
    ),
    "MailFromDomainNotVerifiedException": "finish the DNS records of the sender's custom MAIL FROM domain in SES",
    "NotFoundException": (
        "create and verify the sender's identity in SES, in the pipeline's region; if the configuration set is "
        "missing, create it again by its name, with the default event bus as the destination of bounces and rejects"
    ),
    "BadRequestException": "check that the sender and the approver are valid mail addresses",
    "AccountSuspendedException": "SES has suspended this account: follow the notice in the SES console",
    "SendingPausedException": "sending is paused for this account in this region: resume it in the SES console",
    "LimitExceededException": "the account's SES sending quota is used up: wait, or request a higher one",
}


class Mail:
    """SES, with one sender."""

    def __init__(self, sesv2: "SESV2Client", sender: str, configuration_set: str) -> None:
        self._sesv2 = sesv2
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, to: str, subject: str, text: str, html: str, tags: Mapping[str, str]) -> None:
        """Send one mail to one person, as text and as HTML. The event of a bounce has the same tags.

        Names and values of tags consist of ASCII letters, digits, `_` and `-`:
        https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html

        Raises:
            MailError: SES refuses the mail, and trying again would not help; the message says what would. Or the
                pipeline has no sender.
        """
        if not self._sender:
            raise MailError(
                f"no mail to {to}: this pipeline sends none (its parameter MailSender is empty). {_INSTEAD}"
            )
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
            advice = _ADVICE.get(code_of(error))
            if advice is None:
                raise
            raise MailError(f"no mail from {self._sender} to {to}: {message_of(error)} To do: {advice}") from error
