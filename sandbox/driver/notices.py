"""What topics have told people, and mails that have arrived."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sandbox.driver.inbox import queue_for
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.mailbox import Mail, mails

if TYPE_CHECKING:
    from sandbox.stand_in.process import StandIn

_PREFIX: Final = "sandbox-"


def subscribe(stand_in: StandIn, topic: str) -> None:
    """Keep what a topic says from now on. Doing it again changes nothing."""
    _, arn = queue_for(stand_in, _PREFIX + topic.rpartition(":")[2], "sns.amazonaws.com")
    stand_in.client("sns", ASSETS).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)


def topics(stand_in: StandIn) -> list[str]:
    """Return the ARNs of all topics of the assets account."""
    return [each["TopicArn"] for each in stand_in.client("sns", ASSETS).list_topics()["Topics"]]


def notifications(stand_in: StandIn, topic: str) -> list[str]:
    """Return what a topic has said since it is subscribed to, oldest first; nothing is taken out of its queue."""
    name = _PREFIX + topic.rpartition(":")[2]
    url = f"{stand_in.endpoint}/_ministack/sqs/messages?account={ASSETS}&region={REGION}&QueueUrl={quote(name)}"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own port
        queues = json.load(answer)["messages"].get(ASSETS, {}).get(REGION, {})
    bodies = [json.loads(each["Body"]) for kept in queues.values() for each in kept]
    return [f"{each.get('Subject') or 'no subject'}\n\n{each.get('Message', '')}" for each in bodies]


def mails_to(stand_in: StandIn, address: str | None) -> list[Mail]:
    """Return the mails to an address, or to everybody, oldest first."""
    return [mail for mail in mails(stand_in, ASSETS) if address is None or address in mail.to]
