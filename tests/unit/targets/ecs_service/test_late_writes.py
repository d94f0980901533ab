"""What becomes of the writes of an execution that no longer holds the target, on a service that compares nothing."""

from functools import partial

import pytest

from gantry.promotion.errors import TargetChangedError, TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.use_cases.traffic_changes import seize_traffic
from tests.unit.targets.contract.driving import read
from tests.unit.targets.contract.harness import OTHER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared


def take_over(made: EcsRollout) -> None:
    """Let another execution take the target over and send all traffic to the stable revision."""
    seize_traffic(made.harness.kind, made.harness.target, lambda _: Routing(made.rollout.stable))


def hide_newest(made: EcsRollout) -> None:
    made.service.hides_newest = True


def test_a_late_beginning_that_nobody_sees_starts_nothing_and_goes_back_by_itself() -> None:
    made = prepared()
    routes = list(made.service.routes)
    made.harness.ecs.before("update_service", partial(take_over, made))
    made.harness.ecs.after("update_service", partial(hide_newest, made))

    made.ask_quietly(0)

    made.service.hides_newest = False
    assert (made.flight.stage, made.flight.weight) == ("PRE_SCALE_UP", 0)
    change = Change(routing=Routing(made.rollout.stable))
    assert not made.harness.kind.is_settled(made.harness.target, change)
    made.flight.expire()
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"
    assert made.harness.kind.is_settled(made.harness.target, change)
    assert list(made.service.routes) == routes


def test_a_late_beginning_takes_itself_back_as_soon_as_it_sees_the_new_holder() -> None:
    made = prepared()
    made.harness.ecs.before("update_service", partial(take_over, made))

    with pytest.raises(TargetChangedError, match="somebody else changed it while this began a rollout"):
        made.ask(0)

    assert made.flight.status == "ROLLBACK_SUCCESSFUL"
    assert made.flight.stage == "PRE_SCALE_UP"


def test_a_beginning_on_what_somebody_else_has_just_deployed_takes_itself_back() -> None:
    made = prepared()
    theirs = made.harness.make(OTHER)
    made.harness.ecs.before("update_service", partial(made.harness.route, Routing(theirs)))

    with pytest.raises(TargetChangedError):
        made.ask(0)

    assert read(made.harness.kind, made.harness.target)[0] == Routing(theirs)


@pytest.mark.parametrize("taken", [0, 1])
def test_a_late_answer_has_no_effect_on_a_rollout_that_was_stopped(taken: int) -> None:
    made = prepared()
    made.take(*range(taken + 1))
    made.harness.ecs.before("continue_service_deployment", partial(take_over, made))

    with pytest.raises(TargetFailedError, match="stopped by a user"):
        made.ask(taken + 1)

    assert made.service.routes[-1] == Routing(made.rollout.stable)
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"


def test_an_answer_that_somebody_else_gave_before_is_fine() -> None:
    made = prepared()
    made.ask(0)
    before = made.flight.hook
    assert before
    made.harness.ecs.before("continue_service_deployment", lambda: made.flight.answer(before["hookId"], "CONTINUE"))

    assert not made.ask(0)

    assert (made.flight.status, made.flight.stage) == ("IN_PROGRESS", "PRE_PRODUCTION_TRAFFIC_SHIFT")


def test_a_pause_that_was_answered_is_never_answered_for_the_next_one() -> None:
    made = prepared()
    made.ask(0)
    ids = list[str]()
    for _ in range(9):
        made.harness.ecs.before(
            "continue_service_deployment", lambda: ids.append(made.flight.hook["hookId"] if made.flight.hook else "")
        )
    made.take(0, 1, 2)
    made.finish()
    assert len(ids) == len(set(ids)) == 5


def test_taking_over_what_is_whole_makes_the_tokens_before_it_old() -> None:
    made = prepared()
    _, token = read(made.harness.kind, made.harness.target)
    take_over(made)
    assert read(made.harness.kind, made.harness.target) != (Routing(made.rollout.stable), token)
    assert made.begun == 1


def test_a_token_stays_while_ecs_does_what_it_was_told() -> None:
    made = prepared()
    made.ask(0)
    _, token = read(made.harness.kind, made.harness.target)
    made.take(0)
    assert read(made.harness.kind, made.harness.target)[1] == token
