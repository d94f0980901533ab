"""Canaries that are judged by what is known of both versions. All of them bake at the same time, for real minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.stand_in.accounts import PROD
from tests.end_to_end.service import STABLE, NewService, Service

TEN_PERCENT = [{"weight": 10, "bake": "5s"}]
SHORT = {"memory_mb": 256, "timeout_seconds": 1}
"""What still runs is waited for, so that a minute counts sooner when requests are short."""


@dataclass(frozen=True)
class Judged:
    service: Service
    digest: str
    promotion: str

    def wait(self) -> None:
        """A minute counts once it is over, and is looked at once a minute."""
        self.service.pipeline.wait(self.promotion, seconds=240)

    def verdicts(self) -> list[Any]:
        return [each["facts"] for each in self.service.history("canary_judged")]


@pytest.fixture(scope="module")
def judged(new_service: NewService) -> dict[str, Judged]:
    """Canaries by what becomes of them: one fails all requests, one is as good as the stable version, one does harm
    only when it has all traffic."""
    found = {
        "hopeless": _canary(new_service()),
        "good": _canary(new_service()),
        "late": _watched_afterwards(new_service()),
    }
    for each in (found["hopeless"], found["good"]):
        _serve(each.service, "1", requests=5_400, failed=54)
    _serve(found["hopeless"].service, "2", requests=60, failed=60)
    _serve(found["good"].service, "2", requests=6_000, failed=60)
    return found


def _canary(service: Service) -> Judged:
    """A canary whose alarm has been firing since before, like one on the alias whose stable version has errors."""
    environment = service.environment(traffic=TEN_PERCENT, alarms=[service.alarm], judge="decide")
    service.add(environment, configuration=SHORT)
    service.pipeline.stand_in.client("cloudwatch", PROD).put_metric_alarm(
        AlarmName=service.alarm,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "always-in-alarm"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    service.release()
    digest, promotion = service.promote()
    service.canary()
    return Judged(service, digest, promotion)


def _watched_afterwards(service: Service) -> Judged:
    service.add(service.environment(), configuration=SHORT)
    service.release()
    service.change(service.environment(alarms=[service.alarm], bake_after="10m"), configuration=SHORT)
    digest, promotion, _ = service.bakes()
    return Judged(service, digest, promotion)


def _serve(service: Service, version: str, requests: int, failed: int) -> None:
    service.pipeline.record_requests(
        PROD, service.name, version, datetime.now(UTC), requests=requests, failed=failed, milliseconds=20
    )


def test_a_canary_that_fails_every_request_is_rolled_back_though_its_alarm_was_firing_before(
    judged: dict[str, Judged], people: Inbox
) -> None:
    story = judged["hopeless"]
    story.wait()
    ended = story.service.fails(story.promotion)
    assert "CanaryUnhealthyError" in ended["cause"]
    assert "60 of 60 requests failed, 54 of 5,400 on the stable version: worse by at least" in ended["cause"]
    assert story.service.routing() == STABLE
    assert story.service.pipeline.quarantined(story.service.name) == [story.digest]
    told = people.one("the verdict", lambda message: message["Subject"] == f"{story.service.name} in prod: rolled back")
    assert "60 of 60 requests failed" in told["Message"]
    (verdict,) = story.verdicts()
    assert "firing before the rollout began" in str(verdict["notes"])


def test_a_canary_that_is_as_good_as_the_stable_version_is_promoted_by_the_evidence(
    judged: dict[str, Judged],
) -> None:
    story = judged["good"]
    story.wait()
    story.service.succeeds(story.promotion)
    assert story.service.routing() == {"version": "2", "weights": {}}
    (verdict,) = story.verdicts()
    assert verdict["verdict"] == "healthy"
    assert verdict["evidence"]["failed"]["canary"]["requests"] == 6_000
    assert "60 of 6,000 requests failed, 54 of 5,400 on the stable version: worse by at most" in verdict["reasons"][0]
    (completed,) = [
        each for each in story.service.history("deployment_completed") if each["facts"]["digest"] == story.digest
    ]
    assert [each["verdict"] for each in completed["facts"]["verdicts"]] == ["healthy"]


def test_an_alarm_after_all_traffic_has_moved_rolls_back_as_well(judged: dict[str, Judged]) -> None:
    story = judged["late"]
    assert story.service.routing() == {"version": "2", "weights": {}}
    story.service.raise_alarm()
    ended = story.service.fails(story.promotion)
    assert "AlarmRaisedError" in ended["cause"]
    assert story.service.routing() == STABLE
    assert story.service.pipeline.quarantined(story.service.name) == [story.digest]
