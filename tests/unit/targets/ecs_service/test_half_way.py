"""A try that died anywhere is gone on with: nothing is begun twice, and no pause is answered twice."""

import pytest

from gantry.promotion.traffic import Routing
from tests.unit.targets.ecs_service.rollouts import prepared

ON = ["update_service", "tag_resource", "continue_service_deployment"]


@pytest.mark.parametrize("operation", ON)
@pytest.mark.parametrize("after", range(3))
def test_a_rollout_that_lost_an_answer_goes_on(operation: str, after: int) -> None:
    made = prepared()
    made.take(*range(after))
    made.harness.lose_answer(operation)

    made.take(*range(after, 3))
    made.finish()

    shares = [Routing(made.rollout.stable, {made.rollout.canary: weight}) for weight in (34.0, 68.0)]
    assert made.service.routes[1:] == [*shares, Routing(made.rollout.canary)]
    assert made.begun == 2


@pytest.mark.parametrize("operation", ["update_service", "tag_resource", "continue_service_deployment"])
def test_an_end_that_lost_an_answer_goes_on(operation: str) -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.harness.lose_answer(operation)
    made.finish()
    assert (made.flight.status, made.service.live) == ("SUCCESSFUL", made.rollout.canary)


@pytest.mark.parametrize("taken", range(3))
def test_a_way_back_that_lost_an_answer_goes_on(taken: int) -> None:
    made = prepared()
    made.take(*range(taken + 1))
    made.harness.lose_answer("stop_service_deployment")
    made.go_back()
    assert (made.begun, made.service.live) == (2, made.rollout.stable)


def test_a_way_back_by_a_deployment_that_lost_an_answer_begins_no_second_one() -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.finish()
    made.harness.lose_answer("update_service")
    made.go_back()
    assert (made.begun, made.service.live) == (3, made.rollout.stable)


def test_stopping_what_has_just_ended_is_fine() -> None:
    made = prepared()
    made.take(0)
    made.harness.ecs.before("stop_service_deployment", lambda: made.flight.turn("alarm"))
    made.go_back()
    assert made.service.live == made.rollout.stable


def test_what_was_begun_and_is_not_shown_yet_is_not_begun_again() -> None:
    made = prepared()
    made.ask_quietly(0)
    made.service.hides_newest = True

    assert not made.ask(0)
    assert made.begun == 2

    made.service.hides_newest = False
    made.take(0)
