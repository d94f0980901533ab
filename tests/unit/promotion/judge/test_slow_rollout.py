"""How a canary is watched whose service takes the steps itself."""

from gantry.promotion.judge.decision import Decision, Watch, decide, seconds_to_look
from gantry.promotion.judge.looks import most_looks
from gantry.promotion.judge.rollout_limits import service_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.slow_rollout import at_the_services_pace
from gantry.promotion.judge.verdict import Health, Judgement
from gantry.promotion.traffic import Step

PLAN = (Step(10, 600), Step(20, 600))
SETTINGS = JudgeSettings(max_bake_seconds=1_800)
UNSURE = Judgement(Health.INCONCLUSIVE, ("too few",), (), {}, is_seen_enough=False)
SHOWN = Judgement(Health.HEALTHY, (), (), {}, is_seen_enough=True)


def test_a_slow_start_takes_nothing_from_the_time_of_the_first_step() -> None:
    """The rollout began half an hour before the first traffic, which is all of its time."""
    watch = Watch(PLAN, 0, step_seconds=700, rollout_seconds=700 + 1_800)

    slow, settings = at_the_services_pace(watch, SETTINGS)

    assert decide(UNSURE, settings, slow, has_alarm=False) is Decision.KEEP_BAKING
    assert watch.extension_seconds_left(SETTINGS) < 0


def test_later_steps_count_from_the_beginning_of_the_rollout() -> None:
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
