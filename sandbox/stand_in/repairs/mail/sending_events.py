"""A mail puts events on EventBridge.

Restores: SendEmail refuses a configuration set that does not exist, and message tags with characters that SES does not
accept. If a destination of the configuration set asks for it, the events about a mail go to the account's default bus
after the call has been answered. The simulator's mailboxes bounce and complain, all others accept the mail. Nothing is
ever rejected, opened or clicked. The `detail` is that of event publishing, with the message's tags.
https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
"""

import contextvars
import json
import re
import threading
from collections.abc import Iterator
from email.utils import parseaddr
from http import HTTPStatus
from typing import Any

from ministack.core.responses import get_account_id, get_region, now_iso
from ministack.services import ses, ses_v2

from sandbox.stand_in.repairs.aws_events import put_aws_event
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

SEND_EMAIL = re.compile(r"(/v2/email)?/outbound-emails/?")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_EVENTS_AFTER_SECONDS = 0.1
_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
}


def apply(settings: Settings) -> None:
    """Check the set and the tags, and publish events."""
    put_in_front(ses_v2, "handle_request", _send)


async def _send(original: Original, method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 -- the library's own
    _headers, body, _query = request
    sending = method == "POST" and SEND_EMAIL.fullmatch(path)
    mail = json.loads(body) if sending else {}
    answer: Response = _refusal(mail) or await original(method, path, *request)
    if mail.get("ConfigurationSetName") and answer[0] == HTTPStatus.OK:
        about, wanted = (
            _mail_object(mail, json.loads(answer[2])["MessageId"]),
            _wanted_types(mail["ConfigurationSetName"]),
        )
        in_this_account = contextvars.copy_context()
        later = threading.Timer(_EVENTS_AFTER_SECONDS, in_this_account.run, (_put_events, about, wanted))
        later.daemon = True
        later.start()
    return answer


def _refusal(mail: Json) -> Response | None:
    name = mail.get("ConfigurationSetName")
    if name and name not in ses_v2._config_sets:
        missing: Response = ses_v2._missing_config_set(name)
        return missing
    for tag in mail.get("EmailTags") or []:
        for part in ("Name", "Value"):
            if not _TAG.fullmatch(tag[part]):
                message = f"Invalid message tag {part.lower()} <{tag[part]}>: only alphanumeric ASCII, '_' and '-'."
                refused: Response = ses_v2._json_err("BadRequestException", message)
                return refused
    return None


def _put_events(about: Json, wanted: set[str]) -> None:
    [name] = about["tags"]["ses:configuration-set"]
    for kind, what in _outcomes(about["destination"]):
        if kind.upper() in wanted:
            detail = {"eventType": kind, "mail": about, **what}
            put_aws_event("aws.ses", _DETAIL_TYPES[kind], detail, ses_v2._resource_arn("configuration-set", name))


def _wanted_types(name: str) -> set[str]:
    """Return the types of events that the set's destinations want on the default bus; SES supports no other bus."""
    destinations = ses_v2._config_sets[name].get("EventDestinations") or {}
    return {
        kind
        for each in destinations.values()
        if each["Enabled"]
        and each.get("EventBridgeDestination", {}).get("EventBusArn", "").endswith(":event-bus/default")
        for kind in each["MatchingEventTypes"]
    }


def _outcomes(recipients: list[str]) -> Iterator[tuple[str, Json]]:
    """Yield that the mail was sent, and what happened to it at each recipient."""
    yield "Send", {"send": {}}
    for recipient in recipients:
        mailbox, _, domain = recipient.lower().partition("@")
        outcomes = (("Delivery", None),)
        if domain == ses._SIMULATOR_DOMAIN:
            outcomes = ses._SIMULATOR_OUTCOMES.get(mailbox.split("+")[0], outcomes)
        for kind, subtype in outcomes:
            yield kind, ses._notification_detail(kind, recipient, now_iso(), subtype)


def _mail_object(mail: Json, message: str) -> Json:
    _, sender = parseaddr(mail.get("FromEmailAddress") or "")
    recipients = mail.get("Destination") or {}
    to = recipients.get("ToAddresses") or []
    everybody = [*to, *(recipients.get("CcAddresses") or []), *(recipients.get("BccAddresses") or [])]
    subject = ((mail.get("Content") or {}).get("Simple") or {}).get("Subject", {}).get("Data", "")
    headers = {"From": mail.get("FromEmailAddress", ""), "To": ", ".join(to), "Subject": subject, "MIME-Version": "1.0"}
    identity, _ = ses._notification_identity(sender) or (sender.rpartition("@")[2], None)
    return {
        "timestamp": now_iso(),
        "source": mail.get("FromEmailAddress", ""),
        "sourceArn": f"arn:aws:ses:{get_region()}:{get_account_id()}:identity/{identity}",
        "sendingAccountId": get_account_id(),
        "messageId": message,
        "destination": [parseaddr(each)[1] for each in everybody],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {"from": [headers["From"]], "to": to, "messageId": message, "subject": subject},
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": [mail["ConfigurationSetName"]],
            "ses:from-domain": [sender.rpartition("@")[2]],
            **{tag["Name"]: [tag["Value"]] for tag in mail.get("EmailTags") or []},
        },
    }
