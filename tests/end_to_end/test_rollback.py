"""What a person brings about with the rollback machine."""

from dataclasses import dataclass

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import PROD
from tests.end_to_end.service import LONG, STABLE, NewService, Service


@dataclass(frozen=True)
class Aborted:
    """A rollback by hand while a canary baked, and a second promotion of its release that waited meanwhile."""

    service: Service
    digest: str
    promotion: str
    deployment: str
    waited: str
    rollback: str


@pytest.fixture(scope="module")
def aborted(new_service: NewService, people: Inbox, automation: Inbox) -> Aborted:
    service = new_service()
    service.add(service.environment(traffic=LONG))
    service.release()
    digest, promotion, deployment = service.bakes()
    waited = service.start(digest=digest)
    eventually("one that waits", lambda: service.waiting() or None)
    assert service.canary() == {"version": "1", "weights": {"2": 0.5}}
    rollback = service.roll_back()
    service.succeeds(rollback)
    return Aborted(service, digest, promotion, deployment, waited, rollback)


def test_a_deployment_that_waits_for_what_is_rolled_back_meanwhile_changes_nothing(aborted: Aborted) -> None:
    assert "QuarantinedError" in aborted.service.fails(aborted.waited)["cause"]
    assert aborted.service.routing() == STABLE


def test_rolling_back_by_hand_while_a_canary_bakes_stops_its_deployment(aborted: Aborted, pipeline: Pipeline) -> None:
    assert aborted.service.routing() == STABLE
    stopped = pipeline.wait(aborted.deployment)
    assert (stopped["status"], stopped["error"]) == ("ABORTED", "RolledBackManually")
    aborted.service.fails(aborted.waited)
    assert aborted.service.lease() is None
    assert pipeline.quarantined(aborted.service.name) == [aborted.digest]


def test_a_promotion_whose_deployment_was_stopped_fails_and_says_who_did_it(aborted: Aborted) -> None:
    ended = aborted.service.fails(aborted.promotion)
    assert "RolledBackManually" in ended["cause"]
    assert aborted.rollback in ended["cause"]


def test_the_alias_is_back_before_the_deployment_is_stopped(aborted: Aborted, pipeline: Pipeline) -> None:
    restored = next(
        event["timestamp"]
        for event in pipeline.history(aborted.rollback)
        if event.get("stateExitedEventDetails", {}).get("name") == "RestoreVersion"
    )
    assert restored <= pipeline.describe(aborted.deployment)["stopDate"]


def test_a_rollback_takes_at_most_4_transitions_and_moves_the_alias_in_the_first(
    aborted: Aborted, pipeline: Pipeline
) -> None:
    entered = pipeline.states(aborted.rollback)
    assert entered[0] == "RestoreVersion"
    assert len(entered) <= 4


def test_people_and_automation_are_told_of_a_rollback_by_hand_and_not_of_what_it_stopped(
    aborted: Aborted, people: Inbox, automation: Inbox
) -> None:
    told = people.one("the news", lambda message: f"Execution: {aborted.rollback}" in message["Message"])
    assert told["Subject"] == f"{aborted.service.name} in prod: rolled back manually"
    assert f"Stopped: {aborted.deployment}" in told["Message"]
    assert not people.all(lambda message: f"Execution: {aborted.deployment}" in message["Message"])
    automation.one("the event", lambda event: event["detail"]["execution"] == aborted.rollback)


@pytest.fixture(scope="module")
def thrice(new_service: NewService) -> tuple[Service, list[str]]:
    """A service of which three versions were released, and their digests."""
    service = new_service()
    service.add()
    return service, [service.release() for _ in range(3)]


def test_rollbacks_go_back_and_forth_between_versions(
    thrice: tuple[Service, list[str]], pipeline: Pipeline, people: Inbox
) -> None:
    service, digests = thrice
    updates = service.alias_updates()
    without_a_wish = service.roll_back()
    service.succeeds(without_a_wish)
    assert service.routing() == {"version": "2", "weights": {}}
    assert service.alias_updates() == updates + 1
    assert pipeline.live(service.name)["prod"]["revision"] == "2"
    assert pipeline.quarantined(service.name) == [digests[2]]
    people.one("the news", lambda message: f"Execution: {without_a_wish}" in message["Message"])

    service.succeeds(service.roll_back(digest=digests[0]))
    assert service.routing() == {"version": "1", "weights": {}}
    assert sorted(pipeline.quarantined(service.name)) == sorted(digests[1:])

    service.succeeds(service.roll_back(version="3"))
    assert service.routing() == {"version": "3", "weights": {}}
    assert pipeline.live(service.name)["prod"]["revision"] == "3"
    assert pipeline.invoke(PROD, service.name)["version"] == "3"


def test_of_two_rollbacks_at_once_one_counts_and_the_other_says_so(new_service: NewService, pipeline: Pipeline) -> None:
    service = new_service()
    service.add()
    for _ in range(3):
        service.release()
    ended = sorted(map(pipeline.wait, [service.roll_back(), service.roll_back()]), key=lambda each: str(each["status"]))
    assert [each["status"] for each in ended] == ["FAILED", "SUCCEEDED"]
    assert ended[0]["error"] == "RolledBackAlreadyError"
    assert ended[1]["executionArn"] in ended[0]["cause"]
    assert service.routing() == {"version": "2", "weights": {}}
    assert pipeline.live(service.name)["prod"]["revision"] == "2"
    assert service.lease() is None


def test_a_rollback_while_a_deployment_shifts_leaves_the_alias_on_one_version(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add(service.environment(traffic=LONG))
    service.release()
    with service.held_up("ShiftTraffic"):
        digest, promotion = service.promote()
        service.canary()
        service.succeeds(service.roll_back())
        assert service.routing() == STABLE
    assert "RolledBackManually" in service.fails(promotion)["cause"]
    assert service.routing() == STABLE
    assert pipeline.live(service.name)["prod"]["revision"] == "1"
    assert pipeline.quarantined(service.name) == [digest]
    assert service.lease() is None


def test_a_rollback_to_what_there_is_not_says_what_there_is(thrice: tuple[Service, list[str]]) -> None:
    service, _ = thrice
    before, unknown = service.routing(), f"sha256:{'0' * 64}"
    started = {
        "Nothing of cowsay-none is live in prod; no service of this name is live anywhere. Live are cowsay-": (
            service.pipeline.start("Rollback", {"service": "cowsay-none", "environment": "prod"})
        ),
        f"Nothing of {service.name} is live in qa; it is live in prod. A correct": service.roll_back("qa"),
        "There is no version 99 of ": service.roll_back(version="99"),
        f"The ledger knows no version with the digest {unknown} on": service.roll_back(digest=unknown),
        "enviroment: unknown key; did you mean 'environment'?": service.pipeline.start(
            "Rollback", {"service": service.name, "enviroment": "prod"}
        ),
    }
    for message, execution in started.items():
        assert message in service.fails(execution)["cause"]
    assert service.routing() == before
