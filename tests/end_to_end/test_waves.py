"""An environment with several targets, which get a release in waves, and what becomes of them when one fails."""

from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD, STAGING
from tests.end_to_end.service import LONG, STABLE, NewService, Service

ACCOUNTS = (DEV, STAGING, PROD)


@pytest.fixture
def service(new_service: NewService) -> Service:
    return new_service()


def everywhere(service: Service, **own: Any) -> dict[str, Any]:
    """One environment with a target in every account."""
    targets = [service.environment(name)["targets"][0] for name in ("dev", "staging", "prod")]
    return service.environment(targets=targets, alarms=[service.alarm], **own)


def is_back(service: Service, account: str) -> None:
    """Wait until a target has its stable version, and nobody holds its lease."""
    eventually("the stable version", lambda: service.routing(account) == STABLE or None)
    eventually("the end of the lease", lambda: service.lease(account) is None or None)


def test_one_that_fails_stops_the_others_of_its_wave_and_each_gets_its_stable_version_back(
    service: Service, pipeline: Pipeline
) -> None:
    service.add(everywhere(service, traffic=LONG, waves="all-at-once"))
    service.release()
    digest, promotion = service.promote()
    for account in ACCOUNTS:
        service.canary(account=account)
    deployments = pipeline.deployments_of(promotion)
    assert len(deployments) == 3, "all of them bake side by side"
    eventually("a bake", lambda: pipeline.ledger(f"alarm#{STAGING}/us-east-1/{service.alarm}") or None)

    service.raise_alarm(STAGING)

    assert "DeploymentRolledBack" in service.fails(promotion)["cause"]
    ends = [pipeline.wait(each)["status"] for each in deployments]
    assert sorted(ends) == ["ABORTED", "ABORTED", "FAILED"]
    for account in ACCOUNTS:
        is_back(service, account)
    assert pipeline.quarantined(service.name) == [digest]


def test_a_whole_environment_goes_back_when_a_later_wave_fails(
    service: Service, pipeline: Pipeline, people: Inbox
) -> None:
    service.add(everywhere(service, on_failure="roll_back_environment"))
    service.release()

    with service.held_up("CheckGates") as until:  # what is missing earlier ends it before the first wave
        _, promotion = service.promote()
        until()
        pipeline.stand_in.client("cloudwatch", STAGING).delete_alarms(AlarmNames=[service.alarm])

    cause = service.fails(promotion)["cause"]
    assert "AlarmNotFoundError" in cause
    assert "all targets of the environment that had the release were rolled back" in cause
    for account in ACCOUNTS:
        assert service.routing(account) == STABLE
        is_back(service, account)
    assert service.target_id(DEV) in {each["target_id"] for each in service.history("rolled_back")}
    assert pipeline.quarantined(service.name) == [], "nothing was wrong with the release itself"
    subject = f"{service.name} in prod: rolled back with its promotion"
    people.one("the rollback's message", lambda each: each["Subject"] == subject)
