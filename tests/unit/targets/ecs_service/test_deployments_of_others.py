"""Somebody else deploys to a service while a rollout is on its way there."""

from types import SimpleNamespace
from typing import Any

import pytest

from gantry.promotion.errors import IncompatibleTargetError, TargetChangedError, TargetFailedError
from gantry.promotion.traffic import Routing, TrafficMove
from gantry.use_cases.traffic_changes import change_traffic
from gantry.use_cases.traffic_takeover import take_traffic_over
from tests.unit.targets.contract.driving import read
from tests.unit.targets.contract.ecs_harness import NAME
from tests.unit.targets.contract.harness import OTHER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared

AT_ONCE = {"strategy": "BLUE_GREEN"}
WAITS = "service-deployment/main/cowsay/d00003.*waits at Gantry's pauses"


def replaced_by_console(made: EcsRollout) -> str:
    """Let somebody deploy another task definition and nothing else, so that our pauses hold it up."""
    theirs = made.harness.make(OTHER)
    made.harness.ecs.put(NAME, theirs)
    return theirs


@pytest.mark.parametrize("taken", [(), (0,), (0, 1)], ids=["the fence", "a step", "the last step"])
def test_a_deployment_that_waits_at_our_pauses_is_named_and_never_answered(taken: tuple[int, ...]) -> None:
    made = prepared()
    made.ask(0)
    made.take(*taken)
    answers = made.harness.ecs.calls["continue_service_deployment"]
    replaced_by_console(made)

    for index in range(3):
        with pytest.raises(TargetChangedError, match=WAITS):
            made.ask(index)
    for index in range(2):
        with pytest.raises(TargetChangedError, match=WAITS):
            made.looks_settled(index)
    with pytest.raises(TargetFailedError, match="d00003"):
        made.harness.kind.finish(made.harness.target, made.rollout.canary)

    assert (made.flight.stage, made.flight.status) == ("PRE_SCALE_UP", "IN_PROGRESS")
    assert made.harness.ecs.calls["continue_service_deployment"] == answers


def test_a_way_back_leaves_it_alone_and_names_it() -> None:
    made = prepared()
    made.take(0)
    theirs = replaced_by_console(made)

    with pytest.raises(TargetChangedError, match=WAITS):
        change_traffic(made.harness.kind, made.harness.target, made.rollout.change_back)

    assert made.flight.status == "IN_PROGRESS"
    assert read(made.harness.kind, made.harness.target)[0] == Routing(made.rollout.stable, {theirs: 0})


def test_an_own_rollout_is_never_taken_for_one_of_others() -> None:
    made = prepared()
    made.ask(0)
    assert not made.harness.kind.is_moving(made.harness.target)
    made.take(0)
    assert not made.harness.kind.is_moving(made.harness.target)


@pytest.mark.parametrize("taken", [(), (0,)], ids=["the fence", "a step"])
def test_the_old_version_that_somebody_else_deploys_anew_ends_the_rollout_at_the_next_look(
    taken: tuple[int, ...],
) -> None:
    made = prepared()
    made.ask(0)
    made.take(*taken)
    made.harness.ecs.put(NAME, made.rollout.stable, AT_ONCE)

    for index in range(3):
        with pytest.raises(TargetChangedError, match=r"somebody else deployed cowsay:1 in place of a rollout.*d00003$"):
            made.looks_settled(index)
    assert made.ask_back()


def test_what_others_deployed_before_the_rollout_is_nothing_to_it() -> None:
    made = prepared()
    made.take(0)
    made.go_back()
    made.harness.ecs.put(NAME, made.rollout.stable, AT_ONCE)
    made.ask_quietly(0)
    made.service.hides_newest = True

    assert not made.looks_settled(0)


def test_whoever_takes_the_target_over_stops_it() -> None:
    made = prepared()
    made.take(0)
    replaced_by_console(made)
    lease = SimpleNamespace(require=lambda *_: None)
    services: Any = SimpleNamespace(
        kinds=SimpleNamespace(of=lambda _: made.harness.kind), leases=SimpleNamespace(get=lambda _: lease)
    )
    holder: Any = SimpleNamespace(target=made.harness.target, execution="repair", fence=2)
    stable = Routing(made.rollout.stable)

    move = take_traffic_over(services, holder, TrafficMove(stable, stable.revision), lambda _: stable)

    assert (move.revision, made.flight.status) == (stable.revision, "ROLLBACK_SUCCESSFUL")


def test_a_rollout_begins_at_no_pause_of_others() -> None:
    made = prepared()
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    made.settings["lifecycleHooks"] = [pause]
    with pytest.raises(IncompatibleTargetError, match="pause at POST_SCALE_UP"):
        made.ask(0)
    assert made.begun == 1
