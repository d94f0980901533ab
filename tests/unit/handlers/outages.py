"""Adapters that cannot reach what they notify."""

import boto3

from gantry.aws.notifications import EventBus, Topic
from gantry.use_cases.services import Services


def without_bus(services: Services) -> None:
    """There is no event bus."""
    vars(services)["events"] = EventBus(boto3.client("events"), "a-bus-that-is-not-there")


def with_bus(services: Services) -> None:
    """There is one again."""
    vars(services)["events"] = EventBus(boto3.client("events"), "default")


def without_topic(services: Services) -> None:
    """There is no topic."""
    vars(services)["topic"] = Topic(boto3.client("sns"), "arn:aws:sns:us-east-1:111111111111:nobody")
