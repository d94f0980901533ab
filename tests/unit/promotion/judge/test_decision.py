"""What becomes of a step after a look at its canary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError
from gantry.promotion.judge.decision import Decision, Watch, decide, of_this_step, seconds_to_look
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.verdict import Health, Judgement
from gantry.promotion.traffic import Plan, Step

PLAN = (Step(10, 300), Step(50, 600))
ONE = (Step(10, 300),)
HEALTHY = Judgement(Health.HEALTHY, ("fine",), (), {}, is_seen_enough=True)
UNSURE = Judgement(Health.INCONCLUSIVE, ("too few",), (), {}, is_seen_enough=False)
SEEN_ENOUGH = replace(UNSURE, is_seen_enough=True)
HARMFUL = Judgement(Health.UNHEALTHY, ("worse",), (), {}, is_seen_enough=True)


def decision(judgement: Judgement, watch: Watch, *, has_alarm: bool = False, **settings: Any) -> Decision:
    return decide(judgement, JudgeSettings(**settings), watch, has_alarm=has_alarm)


def at(index: int, step: float, rollout: float | None = None, plan: Plan = PLAN) -> Watch:
    before = sum(each.bake_seconds for each in plan[:index])
    return Watch(plan, index, step, before + step if rollout is None else rollout)


@pytest.mark.parametrize("judgement", [HEALTHY, UNSURE, SEEN_ENOUGH])
def test_a_bake_lasts_as_long_as_the_manifest_says(judgement: Judgement) -> None:
    assert decision(judgement, at(0, 299)) is Decision.KEEP_BAKING
    assert decision(judgement, at(1, 599)) is Decision.KEEP_BAKING


@pytest.mark.parametrize("watch", [at(0, 60), at(0, 300), at(1, 7000), at(2, 60)])
def test_harm_ends_it_at_once(watch: Watch) -> None:
    with pytest.raises(CanaryUnhealthyError, match="worse"):
        decision(HARMFUL, watch, bake_after_seconds=600)


def test_a_step_before_the_last_goes_on_when_enough_was_seen_without_harm() -> None:
    assert decision(SEEN_ENOUGH, at(0, 300)) is Decision.ADVANCE
    assert decision(UNSURE, at(0, 300)) is Decision.KEEP_BAKING


def test_the_last_step_needs_it_shown_that_the_canary_is_not_worse() -> None:
    assert decision(SEEN_ENOUGH, at(1, 600)) is Decision.KEEP_BAKING
    assert decision(HEALTHY, at(1, 600)) is Decision.ADVANCE


def test_every_step_needs_it_where_the_manifest_says_so() -> None:
    assert decision(SEEN_ENOUGH, at(0, 300), every_step=True) is Decision.KEEP_BAKING
    assert decision(HEALTHY, at(0, 300), every_step=True) is Decision.ADVANCE


def test_a_clearly_good_canary_goes_on_early_where_the_manifest_says_so() -> None:
    assert decision(HEALTHY, at(0, 60), advance_early=True) is Decision.ADVANCE
    assert decision(SEEN_ENOUGH, at(0, 60), advance_early=True) is Decision.KEEP_BAKING


def test_a_step_is_extended_while_the_steps_after_it_still_get_their_bakes() -> None:
    assert decision(UNSURE, at(0, 6599), max_bake_seconds=7200) is Decision.KEEP_BAKING
    with pytest.raises(CanaryInconclusiveError, match="too few"):
        decision(UNSURE, at(0, 6600), max_bake_seconds=7200)


def test_the_bakes_of_a_manifest_count_more_than_a_shorter_max_bake() -> None:
    with pytest.raises(CanaryInconclusiveError):
        decision(UNSURE, at(1, 600), max_bake_seconds=60)
    assert decision(UNSURE, at(1, 599), max_bake_seconds=60) is Decision.KEEP_BAKING


@pytest.mark.parametrize("judgement", [UNSURE, SEEN_ENOUGH])
def test_what_is_not_known_when_the_time_is_over_is_decided_by_the_manifest(judgement: Judgement) -> None:
    over = at(1, 7000, 7300)
    assert decision(judgement, over, on_inconclusive="ask") is Decision.ASK
    assert decision(judgement, over, on_inconclusive="promote") is Decision.ADVANCE
    with pytest.raises(CanaryInconclusiveError):
        decision(judgement, over, on_inconclusive="roll_back")


@pytest.mark.parametrize("judgement", [HEALTHY, UNSURE, SEEN_ENOUGH, HARMFUL])
def test_an_observing_judge_decides_nothing(judgement: Judgement) -> None:
    assert decision(judgement, at(1, 599), mode="observe", advance_early=True) is Decision.KEEP_BAKING
    assert decision(judgement, at(1, 600), mode="observe", every_step=True) is Decision.ADVANCE


def test_an_alarm_counts_for_an_observing_judge_too() -> None:
    with pytest.raises(CanaryUnhealthyError):
        decision(HARMFUL, at(0, 10), has_alarm=True, mode="observe")


@pytest.mark.parametrize("judgement", [HEALTHY, UNSURE, SEEN_ENOUGH])
def test_once_it_has_all_traffic_a_canary_is_watched_as_long_as_the_manifest_says(judgement: Judgement) -> None:
    assert decision(judgement, at(2, 59), bake_after_seconds=60, advance_early=True) is Decision.KEEP_BAKING
    assert decision(judgement, at(2, 60), bake_after_seconds=60) is Decision.ADVANCE


def test_the_next_look_comes_after_a_minute_or_with_the_end_of_the_bake() -> None:
    assert seconds_to_look(JudgeSettings(), at(0, 60)) == 60
    assert seconds_to_look(JudgeSettings(), at(0, 280.5)) == 20
    assert seconds_to_look(JudgeSettings(), at(0, 300)) == 60
    assert seconds_to_look(JudgeSettings(bake_after_seconds=90), at(2, 60)) == 30
    assert seconds_to_look(JudgeSettings(max_bake_seconds=7200), at(1, 6880, 7190)) == 10


@given(
    st.lists(st.integers(5, 43_200), min_size=1, max_size=5),
    st.integers(60, 43_200),
    st.booleans(),
    st.sampled_from(["ask", "roll_back", "promote"]),
)
def test_a_canary_of_which_nothing_is_known_is_not_watched_for_ever(
    bakes: list[int], max_bake: int, every_step: bool, on_inconclusive: Any
) -> None:
    plan = tuple(Step(index + 1, bake) for index, bake in enumerate(bakes))
    settings = JudgeSettings(max_bake_seconds=max_bake, every_step=every_step, on_inconclusive=on_inconclusive)
    rollout = 0.0
    for index in range(len(plan)):
        step, looks = 0.0, 0
        while True:
            watch = Watch(plan, index, step, rollout)
            try:
                if decide(UNSURE, settings, watch, has_alarm=False) is not Decision.KEEP_BAKING:
                    break
            except CanaryInconclusiveError:
                return
            seconds, looks = seconds_to_look(settings, watch), looks + 1
            step, rollout = step + seconds, rollout + seconds
            assert looks < 300
    assert rollout <= max(sum(bakes), max_bake) + len(plan)


@pytest.mark.parametrize(("complete", "verdict"), [(None, "inconclusive"), (0, "inconclusive"), (1, "healthy")])
def test_what_was_seen_at_a_smaller_weight_alone_is_no_health(complete: int | None, verdict: str) -> None:
    shifted_at = datetime(2026, 11, 22, 9, 30, 42, tzinfo=UTC)
    until = None if complete is None else shifted_at + timedelta(seconds=complete)
    judgement = of_this_step(HEALTHY, until, shifted_at)
    assert judgement.verdict == verdict
    assert ("nothing of this step's own traffic" in judgement.reasons[0]) == (verdict == "inconclusive")


@pytest.mark.parametrize("judgement", [UNSURE, SEEN_ENOUGH, HARMFUL])
def test_harm_counts_whatever_the_step(judgement: Judgement) -> None:
    assert of_this_step(judgement, None, datetime(2026, 11, 22, tzinfo=UTC)) is judgement


def test_a_bake_that_outlasts_the_rollouts_time_is_looked_at_every_minute() -> None:
    assert seconds_to_look(JudgeSettings(max_bake_seconds=60), at(1, 100, 1000)) == 60


@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=5).map(lambda bakes: tuple(Step(10, each) for each in bakes)),
    st.integers(0, 20_000),
    st.integers(0, 30_000),
    st.data(),
)
def test_people_are_asked_about_no_rollout_of_which_it_was_said_that_they_cannot_have_been(
    plan: Plan, max_bake: int, seconds: int, data: st.DataObject
) -> None:
    settings = JudgeSettings(on_inconclusive="ask", max_bake_seconds=max_bake)
    watch = Watch(plan, data.draw(st.integers(0, len(plan) - 1)), seconds, seconds)
    asks = decide(UNSURE, settings, watch, has_alarm=False) is Decision.ASK
    assert watch.can_have_been_asked_about(settings) or not asks


def test_people_cannot_have_been_asked_before_the_time_of_the_first_step_has_ended() -> None:
    settings = JudgeSettings(on_inconclusive="ask", max_bake_seconds=1000)
    ends = at(0, 0).total(settings) - 600
    assert not at(0, ends - 1).can_have_been_asked_about(settings)
    assert decision(UNSURE, at(0, ends), on_inconclusive="ask", max_bake_seconds=1000) is Decision.ASK
    assert at(0, ends).can_have_been_asked_about(settings)


def test_what_was_seen_at_a_smaller_weight_is_not_enough_for_an_advanced_step() -> None:
    shifted = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert not of_this_step(SEEN_ENOUGH, shifted, shifted, is_advanced=True).is_seen_enough
    assert of_this_step(SEEN_ENOUGH, shifted, shifted).is_seen_enough
    later = shifted + timedelta(seconds=1)
    assert of_this_step(SEEN_ENOUGH, later, shifted, is_advanced=True).is_seen_enough
