"""What becomes of a canary that an alarm, silence or somebody else gets in the way of."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD, REGION
from tests.end_to_end.service import HALF, LONG, STABLE, NewService, Service


@dataclass(frozen=True)
class Story:
    service: Service
    digest: str
    promotion: str
    seconds: float
    """From the alarm to the alias on one version."""
    ended: dict[str, Any]


@pytest.fixture(scope="module")
def story(new_service: NewService, people: Inbox, automation: Inbox) -> Story:
    service = new_service()
    service.add(service.environment(traffic=LONG, alarms=[service.alarm]))
    service.release()
    digest, promotion, _ = service.bakes()
    raised = service.raise_alarm()
    eventually("the stable version alone", lambda: service.routing() == STABLE or None)
    seconds = time.monotonic() - raised
    return Story(service, digest, promotion, seconds, service.fails(promotion))


def test_an_alarm_during_a_bake_brings_the_stable_version_back_within_seconds(story: Story) -> None:
    assert story.seconds < 8
    assert story.service.routing() == STABLE


def test_a_promotion_that_was_rolled_back_fails_and_says_why(story: Story) -> None:
    assert story.ended["error"] == "PromotionFailedError"
    restored = "The traffic is back on the stable version"
    for words in ("AlarmRaisedError", story.service.alarm, "a test says so", restored):
        assert words in story.ended["cause"]


def test_a_rollback_gives_the_lease_back(story: Story) -> None:
    assert story.service.lease() is None


def test_people_are_told_of_a_rollback(story: Story, people: Inbox) -> None:
    subject = f"{story.service.name} in prod: rolled back"
    told = people.one("the bad news", lambda message: message["Subject"] == subject)
    assert story.service.alarm in told["Message"]
    assert story.digest in told["Message"]


def test_automation_hears_of_a_rollback(story: Story, automation: Inbox) -> None:
    event = automation.one(
        "the event",
        lambda event: (
            event["detail-type"] == "Promotion Deployment Rolled Back"
            and event["detail"]["service"] == story.service.name
        ),
    )
    assert event["source"] == "promotion.pipeline"
    assert event["detail"]["error"] == "AlarmRaisedError"
    assert event["detail"]["digest"] == story.digest
    assert event["resources"] == [f"arn:aws:lambda:{REGION}:{PROD}:function:{story.service.name}:live"]


def test_what_was_rolled_back_stays_back_until_somebody_releases_it(story: Story, pipeline: Pipeline) -> None:
    service = story.service
    assert pipeline.quarantined(service.name) == [story.digest]
    service.change(service.environment())
    refused = service.fails(service.start(digest=story.digest))
    assert "QuarantinedError" in refused["cause"]
    assert "release_from_quarantine" in refused["cause"]
    assert service.routing() == STABLE
    service.succeeds(service.start(digest=story.digest, release_from_quarantine="the alarm was a test"))
    assert service.running(service.routing()["version"]) == story.digest
    assert pipeline.quarantined(service.name) == []


def test_a_quiet_canary_is_watched_as_long_as_it_may_be_and_then_rolled_back(new_service: NewService) -> None:
    service = new_service()
    # With a timeout_seconds, so short a max_bake would be refused.
    environment = service.environment(judge="decide", traffic=HALF, max_bake="1m")
    service.add(environment, configuration={"memory_mb": 256})
    service.release()
    _, promotion = service.promote()
    ended = service.fails(promotion)
    assert "CanaryInconclusiveError" in ended["cause"]
    (deployment,) = service.pipeline.deployments_of(promotion)
    assert service.pipeline.states(deployment).count("Bake") >= 2
    assert [each["facts"]["verdict"] for each in service.history("canary_judged")] == ["inconclusive"]
    assert service.routing() == STABLE
    assert service.pipeline.quarantined(service.name) == [], "nothing was shown to be bad"


def test_somebody_elses_weight_on_the_canary_is_noticed_and_does_not_stay(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add(service.environment(traffic=HALF))
    service.release()
    _, promotion = service.promote()
    service.canary()
    service.use("2")
    pipeline.stand_in.client("lambda", PROD).update_alias(
        FunctionName=service.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.01}}
    )
    ended = service.fails(promotion)
    assert "TargetChangedError" in ended["cause"]
    assert "somebody else made it route to 1 with 1 % on 2" in ended["cause"]
    eventually("the repair", lambda: True if service.lease() is None else None)
    assert service.routing() == STABLE
