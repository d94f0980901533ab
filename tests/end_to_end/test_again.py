"""A promotion that failed half-way is started again: what is done is left as it is, what is not is done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV, PROD
from tests.end_to_end.service import NewService, Service

ALARM = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Throttles",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


@dataclass(frozen=True)
class Again:
    """A release that came as far as dev, because prod's alarm was deleted meanwhile, and twice again once it had."""

    service: Service
    digest: str
    promotions: Sequence[str]

    def outcomes(self, promotion: str) -> list[str]:
        """What the deployments of a promotion have come to."""
        pipeline = self.service.pipeline
        ended = [pipeline.describe(each) for each in pipeline.deployments_of(promotion)]
        return [json.loads(each["output"])["outcome"] if "output" in each else each["error"] for each in ended]


@pytest.fixture(scope="module")
def again(new_service: NewService, pipeline: Pipeline) -> Again:
    service = new_service()
    service.add(service.environment("dev"), service.environment("prod"))
    service.release()
    missing = f"{service.name}-throttles"
    service.change(service.environment("dev"), service.environment("prod", alarms=[missing]))
    alarms = pipeline.stand_in.client("cloudwatch", PROD)
    alarms.put_metric_alarm(AlarmName=missing, **ALARM)
    with service.held_up("CheckGates") as until:  # what is missing earlier ends it before dev
        digest, first = service.promote()
        until()
        alarms.delete_alarms(AlarmNames=[missing])
    assert "AlarmNotFoundError" in service.fails(first)["cause"]
    alarms.put_metric_alarm(AlarmName=missing, **ALARM)
    second = service.start(digest=digest)
    service.succeeds(second)
    return Again(service, digest, (first, second))


def test_what_the_first_attempt_has_done_is_not_done_again(again: Again) -> None:
    first, second = again.promotions
    assert again.outcomes(first) == ["published", "DeploymentFailed"]
    assert again.outcomes(second) == ["unchanged", "published"]
    assert [again.service.versions(account) for account in (DEV, PROD)] == [["1", "2"], ["1", "2"]]
    assert [again.service.running("2", account) for account in (DEV, PROD)] == [again.digest] * 2


def test_once_everything_is_done_another_start_changes_nothing(again: Again) -> None:
    service = again.service

    def everything() -> list[object]:
        return [(service.versions(each), service.alias_updates(each), service.routing(each)) for each in (DEV, PROD)]

    before = everything()
    third = service.start(digest=again.digest)
    service.succeeds(third)
    assert again.outcomes(third) == ["unchanged", "unchanged"]
    assert everything() == before
