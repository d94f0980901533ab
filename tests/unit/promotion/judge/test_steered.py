"""What becomes of a step whose canary people have steered."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError
from gantry.promotion.judge.decision import Decision, Watch, decide, seconds_to_look
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.steered import steered
from gantry.promotion.judge.verdict import Judgement
from gantry.promotion.steering import Action, Wish
from tests.unit.promotion.judge.test_decision import HARMFUL, HEALTHY, PLAN, SEEN_ENOUGH, UNSURE, at

NOW = "2026-11-23T10:30:00.000Z"


def wish(action: Action, index: int = 0) -> Wish:
    return Wish(action, 1, "arn:one", index, "arn:alice", NOW)


def decided(judgement: Judgement, watch: Watch, action: Action, index: int = 0, **settings: Any) -> Decision:
    return decide(judgement, JudgeSettings(**settings), steered(watch, wish(action, index)), has_alarm=False)


def test_who_steers_nothing_changes_nothing() -> None:
    assert steered(at(0, 10), None) == at(0, 10)
    assert steered(at(0, 10), wish(Action.RESUME)) == at(0, 10)


@pytest.mark.parametrize("mode", ["decide", "observe"])
@pytest.mark.parametrize("watch", [at(0, 10), at(0, 300), at(0, 6599), at(1, 6890)])
def test_a_paused_canary_stays_where_it_is_however_good_it_is(watch: Watch, mode: str) -> None:
    """Also longer than its bakes, where the judge only observes."""
    assert decided(HEALTHY, watch, Action.PAUSE, mode=mode, advance_early=True) is Decision.KEEP_BAKING


def test_a_pause_holds_whichever_step_it_reaches() -> None:
    assert decided(HEALTHY, at(1, 600), Action.PAUSE, index=0) is Decision.KEEP_BAKING


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("has_alarm", [True, False])
def test_harm_ends_it_whatever_people_want(action: Action, has_alarm: bool) -> None:
    watch = steered(at(0, 10), wish(action))
    with pytest.raises(CanaryUnhealthyError):
        decide(HEALTHY if has_alarm else HARMFUL, JudgeSettings(), watch, has_alarm=has_alarm)


@pytest.mark.parametrize(
    "settings", [{"mode": "observe"}, {"on_inconclusive": "roll_back"}, {"on_inconclusive": "promote"}]
)
def test_what_nobody_resumes_in_time_goes_back_and_is_never_promoted_by_itself(settings: dict[str, Any]) -> None:
    with pytest.raises(CanaryInconclusiveError, match="paused, and nobody resumed it"):
        decided(HEALTHY, at(0, 6600), Action.PAUSE, **settings)


def test_people_are_asked_about_it_where_the_manifest_asks_them() -> None:
    assert decided(HEALTHY, at(0, 6600), Action.PAUSE, on_inconclusive="ask") is Decision.ASK


def test_the_steps_after_a_pause_keep_their_bakes() -> None:
    """Of the second step, which is the last one, all of the time is left."""
    assert decided(HEALTHY, at(1, 0, 7199), Action.PAUSE, index=1) is Decision.KEEP_BAKING
    with pytest.raises(CanaryInconclusiveError):
        decided(HEALTHY, at(1, 600, 7200), Action.PAUSE, index=1)


def test_what_has_all_traffic_is_not_held() -> None:
    watch = at(2, 60)
    assert decided(HEALTHY, watch, Action.PAUSE, index=2, bake_after_seconds=50) is Decision.ADVANCE


def test_an_advanced_step_goes_on_as_soon_as_enough_is_known_and_no_sooner() -> None:
    assert decided(SEEN_ENOUGH, at(0, 10), Action.ADVANCE) is Decision.ADVANCE
    assert decided(UNSURE, at(0, 10), Action.ADVANCE) is Decision.KEEP_BAKING
    assert decided(SEEN_ENOUGH, at(1, 10), Action.ADVANCE, index=1) is Decision.KEEP_BAKING
    assert decided(HEALTHY, at(1, 10), Action.ADVANCE, index=1) is Decision.ADVANCE


def test_where_the_judge_only_observes_nothing_has_to_be_known() -> None:
    assert decided(UNSURE, at(0, 10), Action.ADVANCE, mode="observe") is Decision.ADVANCE


def test_who_advanced_one_step_has_not_advanced_the_next_one() -> None:
    assert decided(HEALTHY, at(1, 10), Action.ADVANCE, index=0) is Decision.KEEP_BAKING


def test_the_time_after_all_traffic_can_be_cut_short() -> None:
    assert decided(UNSURE, at(2, 10), Action.ADVANCE, index=2, bake_after_seconds=600) is Decision.ADVANCE


@pytest.mark.parametrize("mode", ["decide", "observe"])
def test_a_paused_canary_is_looked_at_until_its_time_is_over(mode: Any) -> None:
    """So that an end is never missed, and no history overflows."""
    settings, rollout, looks = JudgeSettings(mode=mode), 0.0, 0
    while rollout < settings.max_bake_seconds - PLAN[1].bake_seconds:
        watch = steered(replace(at(0, rollout), rollout_seconds=rollout), wish(Action.PAUSE))
        rollout += seconds_to_look(settings, watch)
        looks += 1
    assert rollout == settings.max_bake_seconds - PLAN[1].bake_seconds
    assert looks < 90
