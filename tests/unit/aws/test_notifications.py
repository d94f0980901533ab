import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from gantry.aws.notifications import EventBus, Topic, as_subject
from gantry.promotion.errors import NotificationError
from gantry.promotion.events import Event
from gantry.promotion.messages import Message


@pytest.fixture
def client() -> Any:
    return boto3.client("events")


EVENT = Event("Promotion Started", {"service": "cowsay", "tags": ("4f0c2d1",)}, ("arn:aws:states:::execution:1",))


def test_an_event_says_what_happened_and_to_what(client: Any, answers: Stubber) -> None:
    answers.add_response(
        "put_events",
        {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
        {
            "Entries": [
                {
                    "Source": "promotion.pipeline",
                    "DetailType": "Promotion Started",
                    "Detail": '{"service": "cowsay", "tags": ["4f0c2d1"]}',
                    "Resources": ("arn:aws:states:::execution:1",),
                    "EventBusName": "gantry",
                }
            ]
        },
    )

    EventBus(client, "gantry").publish(EVENT)


def test_an_event_that_was_refused_is_an_error(client: Any, answers: Stubber) -> None:
    refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
    answers.add_response("put_events", {"FailedEntryCount": 1, "Entries": [refused]})

    with pytest.raises(NotificationError, match="Promotion Started: InternalFailure: try again"):
        EventBus(client, "gantry").publish(EVENT)


def test_a_refusal_of_the_whole_call_is_the_same_error(client: Any, answers: Stubber) -> None:
    answers.add_client_error("put_events", "AccessDeniedException", "is not authorized to perform: events:PutEvents")

    with pytest.raises(NotificationError, match=r"Promotion Started: .*AccessDeniedException"):
        EventBus(client, "gantry").publish(EVENT)


@mock_aws
def test_a_message_reaches_people_with_its_subject() -> None:
    queue = boto3.client("sqs").create_queue(QueueName="people")["QueueUrl"]
    topic = boto3.client("sns").create_topic(Name="people")["TopicArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:people")

    Topic(boto3.client("sns"), topic).publish(Message("cowsay: für alle", "The canary was rolled back."))

    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    received = json.loads(message["Body"])
    assert (received["Subject"], received["Message"]) == ("cowsay: f?r alle", "The canary was rolled back.")


def test_a_topic_that_is_gone_is_an_error_about_that_message(stubbed: Callable[[Any], Stubber]) -> None:
    sns = boto3.client("sns")
    stubbed(sns).add_client_error("publish", "NotFoundException", "Topic does not exist")

    with pytest.raises(NotificationError, match=r"cowsay: rolled back: .*Topic does not exist"):
        Topic(sns, "arn:aws:sns:us-east-1:111111111111:people").publish(Message("cowsay: rolled back", "Why"))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("cowsay in prod: rolled back", "cowsay in prod: rolled back"),
        ("two\nlines\t and a tab ", "two lines and a tab"),
        ("bell \x07", "bell ?"),
        ("x" * 99, "x" * 99),
        ("x" * 100, "x" * 96 + "..."),
    ],
)
def test_a_subject_is_made_into_one_that_sns_accepts(text: str, subject: str) -> None:
    assert as_subject(text) == subject


@given(st.text(max_size=300))
def test_whatever_the_text_the_subject_keeps_to_the_rules(text: str) -> None:
    subject = as_subject(text)

    assert subject.isascii()
    assert len(subject) < 100
    assert all(letter.isprintable() for letter in subject)
