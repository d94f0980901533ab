"""One stand-in with the whole pipeline on it for all tests here; each test brings services of its own names."""

import itertools
from collections.abc import Iterator

import pytest

from sandbox.pipeline import Pipeline
from sandbox.stand_in import StandIn
from tests.end_to_end.inbox import Inbox, of_events, of_topic
from tests.end_to_end.service import NewService, Service

TIME_SCALE = 0.02
"""Alarms look at little more than a second, and retries wait for fractions of one. Bakes last as long as they say."""


@pytest.fixture(scope="session")
def pipeline() -> Iterator[Pipeline]:
    with StandIn(time_scale=TIME_SCALE) as stand_in:
        yield Pipeline.deploy(stand_in)


@pytest.fixture(scope="session")
def people(pipeline: Pipeline) -> Inbox:
    """What subscribers of the topic are told."""
    return of_topic(pipeline.stand_in, pipeline.outputs["NotificationTopicArn"])


@pytest.fixture(scope="session")
def automation(pipeline: Pipeline) -> Inbox:
    """The pipeline's own events, as a rule on the default bus gets them."""
    return of_events(pipeline.stand_in, "promotion.pipeline")


@pytest.fixture(scope="session")
def new_service(pipeline: Pipeline) -> NewService:
    """Makes services that nobody else uses."""
    numbers = itertools.count(1)
    return lambda: Service(pipeline, f"cowsay-{next(numbers)}")
