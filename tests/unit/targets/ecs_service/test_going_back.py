"""Every way back: ours, ECS' own, and one that does not come to an end."""

import pytest

from gantry.promotion.errors import (
    AlarmRaisedError,
    IncompatibleTargetError,
    TargetChangedError,
    TargetFailedError,
    TargetSlowError,
)
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import make_ready, read
from tests.unit.targets.contract.harness import OTHER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared, stages_of, without_balancer

ALARM = {"status": "TRIGGERED", "triggeredAlarmNames": ["cowsay-errors"]}


def turned(made: EcsRollout, reason: str = "tasks failed to start") -> EcsRollout:
    """Let ECS go back by itself."""
    made.flight.turn(reason)
    return made


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_what_is_in_flight_is_stopped_by_one_call_and_no_deployment_begins(taken: int) -> None:
    made = prepared()
    made.take(*range(taken + 1))

    made.go_back()

    assert (made.harness.ecs.calls["stop_service_deployment"], made.begun) == (1, 2)
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"
    assert stages_of(made.settings) == []


def test_the_traffic_is_back_before_ecs_has_ended_the_new_tasks() -> None:
    made = prepared()
    made.take(0)
    made.flight.slow = 20
    assert not made.ask_back()
    made.flight.weight = 0.0
    assert made.ask_back()
    assert made.flight.status == "ROLLBACK_REQUESTED"


def test_after_the_end_all_traffic_goes_back_at_once_and_without_any_pause() -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.finish()

    assert made.ask_back()

    assert (made.settings["strategy"], made.begun) == ("BLUE_GREEN", 3)
    assert "linearConfiguration" not in made.settings
    assert made.service.live == made.rollout.stable


def test_tasks_that_are_replaced_one_by_one_are_back_only_when_all_are() -> None:
    made = without_balancer()
    made.ask(0)
    made.flight.slow = 9
    assert [made.ask_back() for _ in range(2)] == [False, False]
    made.go_back()
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize("taken", [(), (0,), (0, 1), (0, 1, 2)])
def test_a_way_back_that_ecs_took_by_itself_is_never_a_success_and_never_begun_again(taken: tuple[int, ...]) -> None:
    made = prepared()
    made.ask(0)
    made.take(*taken)
    turned(made)

    for index in range(3):
        with pytest.raises((TargetFailedError, TargetChangedError)):
            made.ask(index)
        with pytest.raises(TargetFailedError, match="tasks failed to start"):
            made.looks_settled(index)
    with pytest.raises(TargetFailedError, match="tasks failed to start"):
        made.harness.kind.finish(made.harness.target, made.rollout.canary)
    assert made.begun == 2


def test_a_step_says_why_ecs_has_gone_back() -> None:
    made = prepared()
    made.take(0)
    turned(made)
    with pytest.raises(TargetFailedError, match="tasks failed to start"):
        made.ask(1)


def test_an_alarm_by_which_ecs_went_back_is_named() -> None:
    made = prepared()
    made.take(0)
    made.flight.alarms = ALARM
    turned(made, "alarm detected")
    with pytest.raises(AlarmRaisedError, match="cowsay-errors"):
        made.looks_settled(0)
    with pytest.raises(AlarmRaisedError, match="cowsay-errors"):
        made.ask(1)
    assert made.ask_back()


@pytest.mark.parametrize("taken", [(), (0,), (0, 1, 2)], ids=["the fence", "a step", "the last pause"])
def test_when_nobody_answers_ecs_goes_back_by_itself(taken: tuple[int, ...]) -> None:
    made = prepared()
    made.ask(0)
    made.take(*taken)

    made.flight.expire()

    assert made.flight.status == "ROLLBACK_SUCCESSFUL"
    assert read(made.harness.kind, made.harness.target)[0] == Routing(made.rollout.stable)


def test_what_ecs_took_back_is_not_used_again_by_the_next_deployment_of_the_release() -> None:
    made = prepared()
    made.take(0)
    turned(made)

    again = make_ready(made.harness.kind, made.deployment, made.harness.kind.inspect(made.deployment, MASKING).stable)

    assert again not in {made.rollout.stable, made.rollout.canary}
    made.rollout = type(made.rollout)(made.rollout.found, again, made.rollout.plan)
    made.take(0, 1, 2)
    made.finish()


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "STOPPED"])
def test_where_ecs_got_stuck_the_old_version_is_deployed_again(status: str) -> None:
    made = prepared()
    made.take(0)
    made.flight.failure = status
    made.flight.turn("no capacity")
    with pytest.raises(TargetFailedError, match="no capacity"):
        made.looks_settled(0)
    with pytest.raises(TargetFailedError, match="no capacity"):
        made.harness.kind.is_moving(made.harness.target)
    assert not made.harness.kind.is_settled(made.harness.target, Change(routing=Routing(made.rollout.stable)))

    made.go_back()

    assert (made.begun, made.flight.status) == (3, "SUCCESSFUL")
    assert made.service.live == made.rollout.stable


def test_another_version_waits_until_ecs_has_gone_back() -> None:
    made = prepared()
    older = made.harness.make(OTHER)
    made.take(0)
    made.flight.slow = 5
    made.flight.turn("stopped by a user")
    _, token = read(made.harness.kind, made.harness.target)
    with pytest.raises(TargetSlowError, match="goes back to cowsay:1 first"):
        made.harness.kind.route(made.harness.target, Routing(older), token)


def test_a_person_can_go_to_an_older_version_in_the_middle_of_a_rollout() -> None:
    made = prepared()
    older = made.harness.make(OTHER)
    made.take(0)
    _, token = read(made.harness.kind, made.harness.target)
    made.harness.kind.route(made.harness.target, Routing(older), token)
    assert made.service.live == older


def test_whoever_sends_all_traffic_to_a_canary_in_flight_lets_it_go_on_to_its_end() -> None:
    made = prepared()
    made.take(0)
    for _ in range(3):
        _, token = read(made.harness.kind, made.harness.target)
        made.harness.kind.route(made.harness.target, Routing(made.rollout.canary), token)
    assert made.service.live == made.rollout.canary


def test_a_deployment_in_flight_makes_the_next_one_wait() -> None:
    made = prepared()
    made.take(0)
    with pytest.raises(TargetSlowError, match="service-deployment/main/cowsay/d00002"):
        made.harness.kind.inspect(made.deployment, MASKING)


def test_a_service_that_got_stuck_takes_no_release() -> None:
    made = prepared()
    made.take(0)
    made.flight.failure = "STOPPED"
    made.flight.turn("no capacity")
    with pytest.raises(IncompatibleTargetError, match="its last deployment is STOPPED"):
        made.harness.kind.inspect(made.deployment, MASKING)


def test_pauses_that_cannot_be_taken_out_hinder_no_way_back() -> None:
    made = prepared()
    made.take(0)
    made.harness.refuse_changes()
    made.go_back()
    assert stages_of(made.settings)
    assert made.harness.kind.inspect(made.deployment, MASKING).routing == Routing(made.rollout.stable)
