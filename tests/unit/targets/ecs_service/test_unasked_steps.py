"""An ECS that does not wait where it should is stopped at its first step, and never gets further."""

from datetime import UTC, datetime

import pytest

from gantry.promotion.errors import TargetFailedError
from gantry.promotion.traffic import Routing, Step
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared

FENCE = "PRE_SCALE_UP"


def ignoring(*kept: str) -> EcsRollout:
    """Return a rollout on a service whose ECS stops at the pauses of these stages only."""
    made = prepared()
    made.service.pauses = frozenset(kept)
    return made


@pytest.mark.parametrize("kept", [(), (FENCE,)], ids=["no pause", "only the fence"])
def test_an_ecs_that_ignores_pauses_is_stopped_at_its_first_step(kept: tuple[str, ...]) -> None:
    made = ignoring(*kept)

    with pytest.raises(
        TargetFailedError, match="34 % without waiting to be told, or somebody else has answered its pause"
    ):
        made.take(0)
    made.go_back()

    assert made.service.routes[-2:] == [Routing(made.rollout.stable, {made.rollout.canary: 34}), Routing("cowsay:1")]
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"


def test_a_step_that_is_a_few_seconds_old_may_only_have_been_read_before_its_note() -> None:
    made = ignoring()
    made.service.updated_at = datetime.now(UTC)

    assert not made.ask(0)
    assert made.flight.weight == 34

    made.flight.updated_at = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(TargetFailedError):
        made.ask(0)


def test_an_ecs_that_stops_before_its_first_step_only_is_noticed_at_the_next_look() -> None:
    made = prepared()
    made.service.most_pauses = 1
    made.take(0)
    assert made.looks_settled(0)

    made.flight.pass_bake()

    with pytest.raises(TargetFailedError, match="68 % without waiting to be told"):
        made.looks_settled(0)
    made.go_back()
    assert made.service.live == made.rollout.stable


def test_a_canary_that_takes_all_traffic_unasked_is_no_success_either() -> None:
    made = prepared((Step(5, 60),))
    made.service.pauses = frozenset({"POST_PRODUCTION_TRAFFIC_SHIFT"})
    made.ask_quietly(0)
    made.flight.pass_bake()

    with pytest.raises(TargetFailedError, match="100 % without waiting to be told"):
        made.looks_settled(1)


def test_a_weight_that_ecs_shows_late_lets_it_take_no_further_step() -> None:
    made = prepared()
    made.ask_quietly(0)
    made.flight.late_looks = 3

    made.take(0)

    assert made.looks_settled(0)
    assert (made.flight.weight, made.service.routes[-1]) == (34, made.rollout.routing_at(0))
    made.take(1, 2)
    made.finish()
    assert made.service.live == made.rollout.canary


def test_a_share_that_ecs_does_not_say_is_no_share_of_0() -> None:
    made = prepared()
    made.ask_quietly(0)
    made.flight.hides_weights = True

    with pytest.raises(TargetFailedError, match="does not say which share of the traffic cowsay:2 has"):
        made.take(0)

    assert (made.flight.stage, made.flight.weight) == ("PRE_PRODUCTION_TRAFFIC_SHIFT", 0)
    made.go_back()
    assert made.flight.status == "ROLLBACK_SUCCESSFUL"


def test_a_rollout_whose_share_is_no_longer_said_ends_nowhere_and_can_go_back() -> None:
    made = prepared()
    made.take(0, 1, 2)
    made.flight.hides_weights = True

    with pytest.raises(TargetFailedError, match="does not say"):
        made.finish()

    made.go_back()
    assert made.service.live == made.rollout.stable
