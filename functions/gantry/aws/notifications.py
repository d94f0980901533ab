"""How Gantry notifies: events for automation, messages for people."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.promotion.errors import NotificationError
from gantry.promotion.events import Event
from gantry.promotion.messages import LONGEST_SUBJECT, Message

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sns.client import SNSClient

SOURCE = "promotion.pipeline"


class EventBus:
    """The bus that the pipeline's own events go to."""

    def __init__(self, events: "EventBridgeClient", bus: str) -> None:
        self._events = events
        self._bus = bus

    def publish(self, event: Event) -> None:
        """Publish one event. A refused entry does not fail the request: the response says so.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

        Raises:
            NotificationError: EventBridge did not take the event.
        """
        entry: PutEventsRequestEntryTypeDef = {
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail),
            "Resources": event.resources,
            "EventBusName": self._bus,
        }
        with _notifying(event.detail_type):
            response = self._events.put_events(Entries=[entry])
        if response["FailedEntryCount"]:
            refused = response["Entries"][0]
            raise NotificationError(f"{event.detail_type}: {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}")


class Topic:
    """The topic that people subscribe to."""

    def __init__(self, sns: "SNSClient", arn: str) -> None:
        self._sns = sns
        self._arn = arn

    def publish(self, message: Message) -> None:
        """Publish a message, with its subject as SNS accepts it.

        Raises:
            NotificationError: SNS did not take the message.
        """
        with _notifying(message.subject):
            self._sns.publish(TopicArn=self._arn, Subject=as_subject(message.subject), Message=message.text)


@contextmanager
def _notifying(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise NotificationError(f"{what}: {error}") from error


def as_subject(text: str) -> str:
    """Return a text as a subject for SNS: one line of ASCII, shorter than 100 characters.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    line = " ".join(text.split()).encode("ascii", "replace").decode()
    printable = "".join(letter if letter.isprintable() else "?" for letter in line)
    return printable if len(printable) <= LONGEST_SUBJECT else f"{printable[: LONGEST_SUBJECT - 3]}..."
