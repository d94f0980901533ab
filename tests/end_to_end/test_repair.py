"""What ended half-way is brought into a known state: one version, a free lease, a true ledger, people who know."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.faults import Faults, raises
from tests.end_to_end.service import LONG, STABLE, NewService, Service
from tests.end_to_end.statements import disabled, physical_id

SCHEDULED: dict[str, Any] = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""


@dataclass(frozen=True)
class RolledBackRelease:
    """A deployment that ended while its canary baked."""

    service: Service
    digest: str
    promotion: str
    deployment: str

    def is_repaired(self) -> None:
        """Wait for the repair; then nothing may be left of the deployment."""
        service = self.service
        eventually("a free lease", lambda: True if service.lease() is None else None)
        assert service.routing() == STABLE
        assert service.pipeline.live(service.name)["prod"]["revision"] == STABLE["version"]
        (entry,) = service.history("deployment_repaired")
        assert entry["execution"] == self.deployment


@pytest.fixture(scope="module")
def canaries(new_service: NewService, people: Inbox) -> list[RolledBackRelease]:
    """As many as tests take, all of them baking; made in pairs, because a cold start for each would take longer."""
    made: list[RolledBackRelease] = []
    for _ in range(3):
        pair = [new_service(), new_service()]
        for service in pair:
            service.add(service.environment(traffic=LONG))
        for service, (_, promotion) in [(service, service.promote()) for service in pair]:
            service.succeeds(promotion)
        started = [(service, *service.promote()) for service in pair]
        made += [
            RolledBackRelease(service, digest, promotion, service.baking(promotion))
            for service, digest, promotion in started
        ]
    return made


def told(people: Inbox, execution: str) -> list[dict[str, Any]]:
    """What people were told of an execution, by itself or by the repair."""
    return people.all(lambda message: f"Execution: {execution}" in message["Message"])


def news(people: Inbox, execution: str) -> dict[str, Any]:
    """The one thing that they were told of it."""
    eventually(f"news of {execution}", lambda: told(people, execution) or None, 10)
    (message,) = told(people, execution)
    return message


def repair(pipeline: Pipeline, event: dict[str, Any]) -> list[str]:
    """Invoke the repair; the targets that it has repaired."""
    name = physical_id(pipeline.stand_in, "gantry", ASSETS, "RepairTargetFunction")
    answer = pipeline.stand_in.client("lambda", ASSETS).invoke(FunctionName=name, Payload=json.dumps(event).encode())
    repaired: list[str] = json.loads(answer["Payload"].read())["repaired"]
    return repaired


@pytest.fixture(scope="module")
def stopped(canaries: list[RolledBackRelease]) -> RolledBackRelease:
    """One that a person has stopped."""
    made = canaries.pop()
    made.service.stop(made.deployment)
    return made


def test_a_deployment_that_is_stopped_leaves_the_stable_version_and_a_free_lease(stopped: RolledBackRelease) -> None:
    stopped.is_repaired()
    assert stopped.service.pipeline.quarantined(stopped.service.name) == []


def test_the_promotion_of_a_deployment_that_is_stopped_fails_with_a_cause(stopped: RolledBackRelease) -> None:
    assert "aborted" in stopped.service.fails(stopped.promotion)["cause"]


def test_people_are_told_once_what_became_of_the_target(stopped: RolledBackRelease, people: Inbox) -> None:
    message = news(people, stopped.deployment)
    assert message["Subject"] == f"{stopped.service.name} in prod: deployment stopped"
    assert re.search(r"all traffic is on version 1( \(\S+\))? again", message["Message"])


@pytest.mark.parametrize("event", ["by hand", "by the schedule", "by the same event"])
def test_a_second_repair_changes_nothing_and_tells_nobody(
    stopped: RolledBackRelease, pipeline: Pipeline, people: Inbox, event: str
) -> None:
    service = stopped.service
    stopped.is_repaired()
    news(people, stopped.deployment)
    before = (service.line(), service.alias_updates(), pipeline.ledger(f"service#{service.name}"))
    again: dict[str, dict[str, Any]] = {
        "by hand": {"target": service.target_id()},
        "by the schedule": SCHEDULED,
        "by the same event": {"detail": {"executionArn": stopped.deployment}},
    }
    assert repair(pipeline, again[event]) == []
    assert (service.line(), service.alias_updates(), pipeline.ledger(f"service#{service.name}")) == before
    assert len(told(people, stopped.deployment)) == 1


def test_the_next_push_goes_through(stopped: RolledBackRelease) -> None:
    service = stopped.service
    service.change()
    digest = service.release()
    assert service.running(service.routing()["version"]) == digest


def test_a_promotion_that_is_stopped_takes_its_deployment_with_it(
    canaries: list[RolledBackRelease], pipeline: Pipeline
) -> None:
    made = canaries.pop()
    made.service.stop(made.promotion)
    assert pipeline.wait(made.deployment)["status"] == "ABORTED"
    made.is_repaired()


def test_without_an_event_the_repair_is_asked_for_by_whoever_waits_and_by_the_schedule(
    canaries: list[RolledBackRelease], pipeline: Pipeline, people: Inbox
) -> None:
    waited_for, alone = canaries.pop(), canaries.pop()
    with disabled(pipeline.stand_in, "ExecutionEndedBadly"):
        for each in (waited_for, alone):
            each.service.stop(each.deployment)
            each.service.fails(each.promotion)
        waited_for.service.change()
        digest = waited_for.service.release()
        assert waited_for.service.running(waited_for.service.routing()["version"]) == digest
        assert len(waited_for.service.history("deployment_repaired")) == 1

        assert alone.service.lease() is not None
        assert alone.service.target_id() in repair(pipeline, SCHEDULED)
    alone.is_repaired()
    for each in (waited_for, alone):
        news(people, each.deployment)


def test_a_rollback_takes_the_lease_of_a_deployment_that_is_over_already(
    canaries: list[RolledBackRelease], pipeline: Pipeline
) -> None:
    made = canaries.pop()
    service = made.service
    with disabled(pipeline.stand_in, "ExecutionEndedBadly"):
        service.stop(made.deployment)
        service.fails(made.promotion)
        assert service.lease() is not None
        service.succeeds(service.roll_back())
    assert (service.routing(), service.lease()) == (STABLE, None)
    assert pipeline.quarantined(service.name) == [made.digest]


def test_a_rollback_that_is_stopped_half_way_is_carried_to_its_end(
    canaries: list[RolledBackRelease], pipeline: Pipeline, people: Inbox
) -> None:
    made = canaries.pop()
    service = made.service
    with service.held_up("RestoreVersion"):
        rollback = service.roll_back()
        eventually("the stable version alone", lambda: service.routing() == STABLE or None)
        service.stop(rollback)
    eventually("a free lease", lambda: True if service.lease() is None else None)
    assert service.routing() == STABLE
    interrupted = pipeline.wait(made.deployment)
    assert (interrupted["status"], interrupted["error"]) == ("ABORTED", "RolledBackManually")
    (entry,) = service.history("rolled_back")
    assert (entry["execution"], entry["facts"]["revision"]) == (rollback, "1")
    assert pipeline.quarantined(service.name) == [made.digest]
    news(people, rollback)
    assert told(people, made.deployment) == []


def test_a_first_deployment_that_fails_late_stays_and_the_ledger_says_so(
    new_service: NewService, pipeline: Pipeline, people: Inbox
) -> None:
    service, faults = new_service(), Faults(pipeline.stand_in)
    service.add()
    recording = physical_id(pipeline.stand_in, "gantry", ASSETS, "RecordReleaseFunction")
    faults.inject(recording, raises("UnforeseenError"), service.name)
    digest, promotion = service.promote()
    cause = service.fails(promotion)["cause"]
    faults.clear(service.name)

    assert "first deployment" in cause
    (deployment,) = pipeline.deployments_of(promotion)
    message = news(people, deployment)["Message"]
    assert re.search(r"routes to version 1( \(\S+\))?, as before", message)
    eventually("a free lease", lambda: True if service.lease() is None else None)
    assert pipeline.live(service.name)["prod"]["digest"] == digest
    assert service.routing() == STABLE
