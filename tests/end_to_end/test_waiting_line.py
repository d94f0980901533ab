"""One deployment at a time changes a target; the newest of those who wait comes next, and no older one after it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from tests.end_to_end.service import LONG, NewService, Service


@dataclass(frozen=True)
class Line:
    """A canary that baked while four releases came after it, of which the first was stopped; then an alarm ended it."""

    service: Service
    first: str
    """The deployment whose canary baked."""
    stopped: str
    overtaken: list[str]
    newest: str
    """These are the promotions that waited, oldest first."""
    digest: str
    """The newest one."""

    def deployments(self) -> list[str]:
        """Of those that were overtaken."""
        return [self.service.deployment(each) for each in self.overtaken]


@pytest.fixture(scope="module")
def line(new_service: NewService, people: Inbox) -> Line:
    service = new_service()
    service.add(service.environment(traffic=LONG, alarms=[service.alarm]))
    service.release()
    _, _, first = service.bakes()
    service.change()
    pushed = [service.promote() for _ in range(4)]
    stopped, *overtaken, newest = [promotion for _, promotion in pushed]
    eventually("four that wait", lambda: len(service.waiting()) == len(pushed) or None)
    service.stop(service.deployment(stopped))
    eventually("three that wait", lambda: len(service.waiting()) == len(pushed) - 1 or None)
    assert service.lease() is not None
    service.raise_alarm()
    return Line(service, first, stopped, overtaken, newest, pushed[-1][0])


def test_the_newest_of_those_who_wait_is_next_and_nobody_asks_twice(line: Line, pipeline: Pipeline) -> None:
    line.service.succeeds(line.newest)
    assert line.service.running(line.service.routing()["version"]) == line.digest
    events = pipeline.history(line.service.deployment(line.newest))
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered[:2] == ["AcquireLease", "InspectTarget"]
    began = next(at for at, event in enumerate(events) if event.get("stateExitedEventDetails"))
    assert [event["type"] for event in events[:began]].count("TaskScheduled") == 1


def test_older_ones_that_waited_end_as_superseded_and_say_by_which_release(line: Line, pipeline: Pipeline) -> None:
    newest = line.service.deployment(line.newest)
    for promotion, deployment in zip(line.overtaken, line.deployments(), strict=True):
        assert "DeploymentSuperseded" in line.service.fails(promotion)["cause"]
        ended = pipeline.describe(deployment)
        assert ended["error"] == "DeploymentSuperseded"
        assert newest in ended["cause"]
        assert "PrepareRevision" not in pipeline.states(deployment)


def is_about(execution: str, message: dict[str, Any]) -> bool:
    """Whether it tells how this execution has ended."""
    return f"Execution: {execution}" in message["Message"]


def test_the_history_tells_who_was_superseded_and_people_are_told_once_by_the_promotion(
    line: Line, people: Inbox
) -> None:
    overtaken = line.deployments()
    for promotion in line.overtaken:
        line.service.fails(promotion)
        people.one("the promotion's end", partial(is_about, promotion))
    recorded = line.service.history("deployment_superseded")
    assert sorted(each["execution"] for each in recorded) == sorted(overtaken)
    assert not people.all(lambda message: any(is_about(each, message) for each in overtaken))


def test_one_that_is_stopped_while_it_waits_leaves_the_line_and_its_promotion_fails(line: Line) -> None:
    assert "aborted" in line.service.fails(line.stopped)["cause"]
    assert line.service.history("deployment_repaired") == []


def test_nobody_holds_the_lease_or_waits_for_it_in_the_end(line: Line) -> None:
    line.service.succeeds(line.newest)
    left = line.service.line()
    assert (left.get("holder"), left["waiting"], left["to_notify"]) == (None, [], [])


@pytest.fixture(scope="module")
def quick(new_service: NewService) -> Service:
    """Its releases need no bake."""
    service = new_service()
    service.add()
    service.release()
    return service


def test_who_waits_comes_next_as_soon_as_the_release_before_is_live(quick: Service) -> None:
    with quick.held_up("CompleteDeployment") as until:
        _, first = quick.promote()
        until()
        digest, second = quick.promote()
        eventually("one that waits", lambda: quick.waiting() or None)
    quick.succeeds(first)
    quick.succeeds(second)
    assert quick.running(quick.routing()["version"]) == digest


def test_an_older_promotion_that_comes_late_does_not_go_over_a_newer_release_that_is_live(
    quick: Service, pipeline: Pipeline
) -> None:
    with quick.held_up("CheckGates") as until:
        older, promotion = quick.promote()
        until()
        newer = quick.release()
    ended = quick.fails(promotion)
    assert "DeploymentSuperseded" in ended["cause"]
    assert str(pipeline.live(quick.name)["prod"]["tag"]) in ended["cause"]
    versions = quick.versions()
    assert quick.routing() == {"version": versions[-1], "weights": {}}
    assert [quick.running(version) for version in versions].count(older) == 0
    assert quick.running(versions[-1]) == newer
