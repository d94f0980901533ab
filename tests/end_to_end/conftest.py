"""One stand-in with the whole pipeline on it for all tests here; each test brings services of its own names."""

import itertools
from collections.abc import Iterator

import pytest

from sandbox.driver.git_host import DrivenGitHost
from sandbox.driver.inbox import Inbox, of_events, of_topic
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import UNHURRIED_ECS_MINUTE, Limits
from tests.end_to_end.service import NewService, Service
from tests.end_to_end.unanswered import Unanswered

TIME_SCALE = 0.02
"""Alarms look at little more than a second, and retries wait for fractions of one. Bakes last as long as they say."""


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    with StandIn(time_scale=TIME_SCALE, limits=Limits(ecs_minute=UNHURRIED_ECS_MINUTE)) as running:
        _refuse_mail_to_strangers(running)
        yield running


@pytest.fixture(scope="session")
def github(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenGitHost]:
    """The GitHub that the pipeline writes back to. Each service has files of its own there."""
    with DrivenGitHost(stand_in, tmp_path_factory.mktemp("infra.git"), {"README.md": b"Infrastructure\n"}) as running:
        yield running


@pytest.fixture(scope="session")
def pipeline(stand_in: StandIn, github: DrivenGitHost) -> Pipeline:
    deployed = Pipeline.deploy(stand_in, more=github.parameters)
    deployed.disable("RepairSchedule")  # what repairs is the event; its test invokes the schedule's run by itself
    return deployed


def _refuse_mail_to_strangers(stand_in: StandIn) -> None:
    """As SES does in a new account: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"""
    ses = stand_in.client("sesv2", ASSETS)
    ses.create_email_identity(EmailIdentity="example.com")
    ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com", ProductionAccessEnabled=False)


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


@pytest.fixture(scope="session")
def unanswered(new_service: NewService, people: Inbox, automation: Inbox) -> Unanswered:
    """Questions that somebody leaves unanswered for the minute that is the least; who uses it early waits less."""
    return Unanswered.ask(new_service)
