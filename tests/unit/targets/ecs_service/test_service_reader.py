"""Reading a service of which ECS has kept no deployment, as it keeps them for 90 days only."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import pytest

from gantry.promotion.errors import TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.service_reader import ServiceReader
from gantry.targets.ecs_service.target_tags import TargetTags
from tests.unit.targets.contract.driving import read
from tests.unit.targets.contract.ecs_harness import NAME
from tests.unit.targets.contract.harness import OTHER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared
from tests.unit.targets.fake_client import Answer, counted
from tests.unit.targets.fake_ecs import FakeEcs

TARGET = EcsTarget("222222222222", "us-east-1", "main", "cowsay", "app")
KEYS = TargetTags.of(TARGET)


@dataclass
class OldEcs(FakeEcs):
    """It shows no deployment, and only what `shown` has of the service."""

    shown: Answer = field(default_factory=dict)

    @counted
    def describe_services(self, *, cluster: str, services: list[str]) -> Answer:
        return {"services": [{"status": "ACTIVE", **self.shown}]}

    @counted
    def list_service_deployments(self, **request: Any) -> Answer:
        return {"serviceDeployments": []}


def test_a_service_without_deployments_is_on_what_it_was_told_to_run() -> None:
    ecs: Any = OldEcs(shown={"taskDefinition": "arn:aws:ecs:us-east-1:222222222222:task-definition/cowsay:3"})

    found = ServiceReader(ecs, TARGET).state()

    assert found
    assert (found.routing, found.deployment, found.live_revision) == (Routing("cowsay:3"), None, None)
    assert found.token != found.with_tags(KEYS, {KEYS.moved: "x"}).token


def test_what_ecs_goes_back_to_is_read_too() -> None:
    made = prepared()
    made.take(0)
    made.flight.turn("alarm")
    found = made.harness.kind.routing(made.harness.target)
    assert found
    assert found[0] == Routing(made.rollout.stable)


def test_an_end_of_what_somebody_else_has_replaced_is_a_failure() -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.harness.route(Routing(made.harness.make(OTHER)))
    with pytest.raises(TargetFailedError, match="somebody else changed it"):
        made.harness.kind.finish(made.harness.target, made.rollout.canary)


@pytest.mark.parametrize(("newest_first", "calls"), [(True, 1), (False, 2)])
def test_the_newest_of_many_deployments_is_found_however_they_are_sorted(newest_first: bool, calls: int) -> None:
    made = prepared()
    made.ask_quietly(0)
    made.flight.turn("alarm")
    ecs = made.harness.ecs
    ecs.put(NAME, made.rollout.stable, {"strategy": "BLUE_GREEN"})
    ecs.page, ecs.lists_newest_first, made.service.hides_current = 2, newest_first, True
    before = ecs.calls["list_service_deployments"]

    found = ServiceReader(cast("Any", ecs), TARGET).state()

    assert found
    assert found.deployment
    assert found.deployment.id == "d00003"
    assert ecs.calls["list_service_deployments"] - before == calls


def hide_sources(made: EcsRollout) -> None:
    made.flight.hides_sources = True


def test_a_rollout_whose_source_ecs_does_not_show_goes_on() -> None:
    made = prepared()
    made.harness.ecs.after("update_service", partial(hide_sources, made))

    made.ask_quietly(0)

    assert read(made.harness.kind, made.harness.target)[0] == made.rollout.begun
    assert made.flight.status == "IN_PROGRESS"
    made.flight.hides_sources = False
    made.take(0, 1, 2)


def test_a_source_that_cannot_be_described_is_what_else_is_deployed() -> None:
    made = prepared()
    arn = "arn:aws:ecs:us-east-1:222222222222:task-definition/"
    deployed = [{"taskDefinition": f"{arn}{each}"} for each in (made.rollout.canary, made.rollout.stable)]
    made.service.content["deployments"] = deployed
    made.ask_quietly(0)
    made.flight.hides_sources = True
    made.service.running = ()

    found = ServiceReader(cast("Any", made.harness.ecs), TARGET).state()

    assert found
    assert (found.routing, found.live) == (made.rollout.begun, made.rollout.stable)


def test_a_source_that_nobody_knows_is_no_change_by_somebody_else() -> None:
    made = prepared()
    arn = "arn:aws:ecs:us-east-1:222222222222:task-definition/"
    made.service.content["deployments"] = [{"taskDefinition": f"{arn}cowsay:{number}"} for number in (1, 7)]
    made.harness.ecs.after("update_service", partial(hide_sources, made))

    made.ask_quietly(0)

    assert made.flight.status == "IN_PROGRESS"
    made.flight.hides_sources = False
    made.take(0)
