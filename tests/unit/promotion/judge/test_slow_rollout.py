"""How a canary is watched whose service takes the steps itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gantry.promotion.judge.after_people import PeoplesDecision, watch_on
from gantry.promotion.judge.decision import Decision, Watch, decide, seconds_to_look
from gantry.promotion.judge.looks import most_looks
from gantry.promotion.judge.rollout_limits import LONGEST_MOVE, LONGEST_START, service_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.slow_rollout import at_the_services_pace
from gantry.promotion.judge.verdict import Health, Judgement
from gantry.promotion.traffic import Step

PLAN = (Step(10, 600), Step(20, 600))
SETTINGS = JudgeSettings(max_bake_seconds=1_800)
UNSURE = Judgement(Health.INCONCLUSIVE, ("too few",), (), {}, is_seen_enough=False)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SHOWN = Judgement(Health.HEALTHY, (), (), {}, is_seen_enough=True)


def test_a_slow_start_takes_nothing_from_the_time_of_the_first_step() -> None:
    """The rollout began half an hour before the first traffic, which is all of its time."""
    watch = Watch(PLAN, 0, step_seconds=700, rollout_seconds=700 + 1_800)

    slow, settings = at_the_services_pace(watch, SETTINGS)

    assert decide(UNSURE, settings, slow, has_alarm=False) is Decision.KEEP_BAKING
    assert watch.extension_seconds_left(SETTINGS) < 0


@pytest.mark.parametrize("index", range(9))
def test_what_the_service_needs_for_its_moves_takes_nothing_from_the_time_of_any_step(index: int) -> None:
    """It needs 25 minutes to start, and 150 seconds for each further step, and no bake is extended."""
    plan = tuple(Step(10 * number, 600) for number in range(1, 10))
    moved, baked = 1_500 + 150 * index, 600 * (index + 1)
    fast = Watch(plan, index, 600, baked)

    slow, settings = at_the_services_pace(replace(fast, rollout_seconds=baked + moved), JudgeSettings())

    assert slow.extension_seconds_left(settings) == fast.extension_seconds_left(settings)
    assert decide(UNSURE, settings, slow, has_alarm=False) is Decision.KEEP_BAKING


def test_a_step_is_watched_for_longer_by_no_more_than_the_service_is_given() -> None:
    """It took no time at all, and the first step all that there is."""
    used = SETTINGS.max_bake_seconds - 600
    slow, settings = at_the_services_pace(Watch(PLAN, 1, 600, used + 600), SETTINGS)

    assert 0 < slow.extension_seconds_left(settings) <= LONGEST_START + LONGEST_MOVE
    late, _ = at_the_services_pace(Watch(PLAN, 1, 600 + LONGEST_START + LONGEST_MOVE, used + 600 + 2_400), SETTINGS)
    assert late.extension_seconds_left(settings) <= 0


def test_after_people_have_decided_the_moves_since_then_take_nothing_either() -> None:
    plan = (Step(10, 600), Step(20, 600), Step(30, 600))
    decided = PeoplesDecision(keeps_waiting=True, index=0, at=NOW)
    extended, moved, baked = 1_000, 2 * 300, 600 + 600
    watch, settings = at_the_services_pace(Watch(plan, 2, 600, 50_000), SETTINGS)

    slow, settings = watch_on(watch, settings, decided, NOW + timedelta(seconds=extended + moved + baked))

    total = SETTINGS.max_bake_seconds + baked
    assert total - extended - baked <= slow.extension_seconds_left(settings)
    assert slow.extension_seconds_left(settings) <= total - extended - moved - baked + 2 * LONGEST_MOVE
    on_that_step, settings = watch_on(replace(watch, index=0), settings, decided, NOW + timedelta(seconds=700))
    assert on_that_step.watched_seconds == 700


def test_whether_people_were_asked_is_told_by_what_was_watched() -> None:
    slow, settings = at_the_services_pace(Watch(PLAN, 1, 30, 1_800 + 600 + 30 + 60), SETTINGS)

    assert not slow.can_have_been_asked_about(settings)
    assert replace(slow, moving_seconds=0).can_have_been_asked_about(settings)


def test_looks_are_spread_over_the_whole_time_of_later_steps() -> None:
    slow, _ = at_the_services_pace(Watch(PLAN, 1, step_seconds=30, rollout_seconds=1_400), SETTINGS)

    assert slow.rollout_seconds == 1_400


def test_no_step_ends_before_its_bake_whatever_the_manifest_says() -> None:
    early = JudgeSettings(advance_early=True)
    watch = Watch(PLAN, 1, step_seconds=60, rollout_seconds=900)
    assert decide(SHOWN, early, watch, has_alarm=False) is Decision.ADVANCE

    slow, settings = at_the_services_pace(watch, early)

    assert decide(SHOWN, settings, slow, has_alarm=False) is Decision.KEEP_BAKING


def test_what_the_service_takes_longer_makes_no_more_looks_than_are_counted() -> None:
    """A day's bakes, and the service takes all the time that it is given before the last one."""
    plan = (Step(10, 43_200), Step(20, 43_200))
    late = service_seconds(plan, SETTINGS)
    looks, step = 0, 0
    while step < 43_200:
        slow, settings = at_the_services_pace(Watch(plan, 1, step, 43_200 + late + step), SETTINGS)
        step += seconds_to_look(settings, slow)
        looks += 1

    assert looks <= most_looks(plan, SETTINGS, late) / 2
