"""Queues that receive the pipeline's notifications and events."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn

Json = dict[str, Any]


@dataclass
class Inbox:
    """Everything that has arrived in a queue. Messages are kept, because many tests read the same queue."""

    stand_in: StandIn
    queue_url: str
    account: str = ASSETS
    _received: list[Json] = field(default_factory=list)
    _one_reader: threading.Lock = field(default_factory=threading.Lock)

    def all(self, fits: Callable[[Json], bool]) -> list[Json]:
        """Return the messages that fit of all that have arrived so far, oldest first."""
        with self._one_reader:
            self._receive()
            return [message for message in self._received if fits(message)]

    def _receive(self) -> None:
        sqs = self.stand_in.client("sqs", self.account)
        while found := sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in found:
                attributes = {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}
                self._received.append(json.loads(message["Body"]) | {"attributes": attributes})
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def one(self, what: str, fits: Callable[[Json], bool], seconds: float = 10) -> Json:
        """Return the first message that fits, as soon as it has arrived."""
        return eventually(what, lambda: next(iter(self.all(fits)), None), seconds)


def of_topic(stand_in: StandIn, topic: str) -> Inbox:
    """Subscribe a new queue to a topic."""
    url, arn = queue_for(stand_in, "people", "sns.amazonaws.com")
    stand_in.client("sns", ASSETS).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return Inbox(stand_in, url)


def of_events(stand_in: StandIn, source: str) -> Inbox:
    """Send the events of one source to a new queue, by a rule on the default bus."""
    url, arn = queue_for(stand_in, "automation", "events.amazonaws.com")
    events = stand_in.client("events", ASSETS)
    events.put_rule(Name="automation", EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule="automation", Targets=[{"Id": "queue", "Arn": arn}])
    return Inbox(stand_in, url)


def queue_for(stand_in: StandIn, name: str, sender: str) -> tuple[str, str]:
    """Return the URL and the ARN of a queue, new or not, that a service of AWS may send to."""
    sqs = stand_in.client("sqs", ASSETS)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": sender}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn
