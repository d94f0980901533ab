"""How long a deployment takes at most, and how many events it has at most."""

import pytest

from gantry.promotion.judge.looks import MOST_STEPS
from gantry.promotion.judge.rollout_limits import (
    ASK_SECONDS,
    LONGEST_END,
    LONGEST_MOVE,
    LONGEST_START,
    MOST_ENDED_EARLY,
    MOST_EVENTS,
    events_of,
    longest_parts,
    longest_rollout_seconds,
    longest_with_people,
    may_ask_again,
    most_waits,
)
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, Step

HOUR = 3_600
PLAN = (Step(10, 600), Step(50, 1_200))


@pytest.mark.parametrize(
    ("plan", "settings", "hours"),
    [
        ((), JudgeSettings(), 1),
        ((), JudgeSettings(on_inconclusive="ask"), 1),
        ((), JudgeSettings(on_inconclusive="ask", bake_after_seconds=HOUR), 1 + 8 + 1),
        (PLAN, JudgeSettings(), 2 + 1),
        (PLAN, JudgeSettings(on_inconclusive="promote", bake_after_seconds=2 * HOUR), 2 + 2 + 1),
        (PLAN, JudgeSettings(on_inconclusive="ask", max_bake_seconds=5 * HOUR), 5 + 8 + 1),
        (PLAN, JudgeSettings(on_inconclusive="ask", mode="observe"), 2 + 1),
    ],
)
def test_the_longest_rollout_is_the_sum_of_what_it_may_wait_for(
    plan: Plan, settings: JudgeSettings, hours: float
) -> None:
    assert longest_rollout_seconds(plan, settings) == hours * HOUR
    assert longest_rollout_seconds(plan, settings, hook_seconds=900) == hours * HOUR + 900


def test_the_parts_of_the_longest_rollout_have_names_and_make_its_sum() -> None:
    settings = JudgeSettings(on_inconclusive="ask", bake_after_seconds=60)
    assert longest_parts(PLAN, settings, 30) == {
        "checking before any traffic": 30,
        "watching the steps": 2 * HOUR,
        "asking people": ASK_SECONDS,
        "watching afterwards": 60,
        "waiting for the service": 0,
        "everything else": HOUR,
    }


def test_the_largest_deployment_has_fewer_events_than_an_execution_may_have() -> None:
    plan = tuple(Step(weight, 1_440) for weight in range(1, MOST_STEPS + 1))
    events = events_of(plan, JudgeSettings(bake_after_seconds=12 * HOUR))
    assert events_of(PLAN, JudgeSettings()) < events < MOST_EVENTS


@pytest.mark.parametrize(
    ("plan", "bake_after", "seconds"),
    [
        ((), 0, LONGEST_START + LONGEST_END),
        ((), 60, LONGEST_START + LONGEST_END),
        (PLAN, 0, LONGEST_START + LONGEST_MOVE + LONGEST_END),
        (PLAN, 60, LONGEST_START + 2 * LONGEST_MOVE + LONGEST_END),
    ],
)
def test_a_slow_service_is_given_time_for_the_start_each_further_step_and_the_end(
    plan: Plan, bake_after: int, seconds: int
) -> None:
    settings = JudgeSettings(bake_after_seconds=bake_after)
    assert longest_parts(plan, settings, shifts_itself=True)["waiting for the service"] == seconds
    for longest in (longest_rollout_seconds, longest_with_people):
        assert longest(plan, settings, shifts_itself=True) == longest(plan, settings) + seconds


@pytest.mark.parametrize("steps", range(MOST_STEPS + 1))
@pytest.mark.parametrize("bake_after_seconds", [0, 12 * HOUR])
def test_the_largest_deployment_of_a_slow_service_has_fewer_events_than_an_execution_may_have(
    steps: int, bake_after_seconds: int
) -> None:
    plan = tuple(Step(weight, 12 * HOUR // steps) for weight in range(1, steps + 1))
    settings = JudgeSettings(bake_after_seconds=bake_after_seconds)
    assert events_of(plan, settings) < events_of(plan, settings, shifts_itself=True) < MOST_EVENTS


def test_events_that_end_waits_are_counted_with_the_short_wait_after_each() -> None:
    """10 seconds, then a minute each."""
    assert most_waits(10) == 1 + 2 * MOST_ENDED_EARLY
    assert most_waits(70) == 2 + 2 * MOST_ENDED_EARLY
    assert most_waits(71) == 3 + 2 * MOST_ENDED_EARLY


def test_people_are_asked_about_a_slow_canary_no_more_often_than_its_history_has_room_for() -> None:
    settings = JudgeSettings(on_inconclusive="ask", max_bake_seconds=12 * HOUR)
    plan = tuple(Step(5 * each, 600) for each in range(1, 20))

    def times(*, shifts_itself: bool) -> int:
        asked = (each for each in range(99) if not may_ask_again(plan, settings, each + 1, shifts_itself=shifts_itself))
        return next(asked)

    assert times(shifts_itself=True) <= times(shifts_itself=False)
