"""What the pipeline tells: events to automation, messages to people."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import client
from gantry.promotion.errors import NotificationError

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sns.client import SNSClient

SOURCE = "promotion.pipeline"
_LONGEST_SUBJECT = 99


class EventBus:
    """The bus that the pipeline's own events go to."""

    def __init__(self, events: "EventBridgeClient", bus: str) -> None:
        self._events = events
        self._bus = bus

    @classmethod
    def from_env(cls) -> Self:
        """From the variable EVENT_BUS."""
        return cls(client("events"), os.environ["EVENT_BUS"])

    def announce(self, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> None:
        """Put one event. A refused entry does not fail the request: its answer has to be looked at.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html

        Raises:
            NotificationError: EventBridge did not take the event.
        """
        entry: PutEventsRequestEntryTypeDef = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "Resources": resources,
            "EventBusName": self._bus,
        }
        with _told(detail_type):
            answer = self._events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            refused = answer["Entries"][0]
            raise NotificationError(f"{detail_type}: {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}")


class Topic:
    """The topic that people subscribe to."""

    def __init__(self, sns: "SNSClient", arn: str) -> None:
        self._sns = sns
        self._arn = arn

    @classmethod
    def from_env(cls) -> Self:
        """From the variable NOTIFICATION_TOPIC."""
        return cls(client("sns"), os.environ["NOTIFICATION_TOPIC"])

    def tell(self, subject: str, message: str) -> None:
        """Publish a message; the subject is made into what SNS accepts as one.

        Raises:
            NotificationError: SNS did not take the message.
        """
        with _told(subject):
            self._sns.publish(TopicArn=self._arn, Subject=as_subject(subject), Message=message)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise NotificationError(f"{what}: {error}") from error


def as_subject(text: str) -> str:
    """On one line, shorter than 100 characters, and ASCII, which SNS' mails need.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    line = " ".join(text.split()).encode("ascii", "replace").decode()
    printable = "".join(letter if letter.isprintable() else "?" for letter in line)
    return printable if len(printable) <= _LONGEST_SUBJECT else f"{printable[: _LONGEST_SUBJECT - 3]}..."
