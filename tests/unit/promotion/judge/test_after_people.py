"""How a rollout is watched after people have decided that it goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from gantry.promotion.errors import CanaryUnhealthyError
from gantry.promotion.judge.after_people import PeoplesDecision, watch_on
from gantry.promotion.judge.decision import Decision, Watch, decide, seconds_to_look
from gantry.promotion.judge.rollout_limits import MOST_EVENTS, events_of, longest_with_people, may_ask_again
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.verdict import Health, Judgement
from gantry.promotion.traffic import Step

PLAN = (Step(10, 300), Step(50, 600))
SETTINGS = JudgeSettings(on_inconclusive="ask", max_bake_seconds=7_200)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNSURE = Judgement(Health.INCONCLUSIVE, ("too few",), (), {}, is_seen_enough=False)
HARMFUL = Judgement(Health.UNHEALTHY, ("worse",), (), {}, is_seen_enough=True)


def after(
    seconds: float, index: int, *, keeps_waiting: bool, decided: int = 0, step: float = 30_000
) -> tuple[Watch, JudgeSettings]:
    """The watch so many seconds after people have decided about step `decided`, hours after the rollout began."""
    now = AT + timedelta(seconds=seconds)
    return watch_on(Watch(PLAN, index, step, 30_000), SETTINGS, PeoplesDecision(keeps_waiting, decided, AT), now)


def decision(judgement: Judgement, watched: tuple[Watch, JudgeSettings]) -> Decision:
    watch, settings = watched
    return decide(judgement, settings, watch, has_alarm=False)


def test_a_canary_that_people_wait_for_is_watched_for_max_bake_more_and_then_asked_about_again() -> None:
    assert decision(UNSURE, after(7_199, 0, keeps_waiting=True)) is Decision.KEEP_BAKING
    assert decision(UNSURE, after(7_200, 0, keeps_waiting=True)) is Decision.ASK


def test_what_such_a_step_has_used_up_is_not_there_for_the_next_one() -> None:
    assert decision(UNSURE, after(7_799, 1, keeps_waiting=True)) is Decision.KEEP_BAKING
    assert decision(UNSURE, after(7_800, 1, keeps_waiting=True)) is Decision.ASK


def test_a_canary_that_is_promoted_anyway_is_not_asked_about_again() -> None:
    assert decision(UNSURE, after(599, 1, keeps_waiting=False, step=598)) is Decision.KEEP_BAKING
    assert decision(UNSURE, after(602, 1, keeps_waiting=False, step=600)) is Decision.ADVANCE


@pytest.mark.parametrize("keeps_waiting", [True, False])
def test_harm_ends_it_whatever_people_have_decided(keeps_waiting: bool) -> None:
    with pytest.raises(CanaryUnhealthyError):
        decision(HARMFUL, after(60, 1, keeps_waiting=keeps_waiting))


@pytest.mark.parametrize("keeps_waiting", [True, False])
def test_it_is_looked_at_every_minute_again_and_not_more_often(keeps_waiting: bool) -> None:
    watch, settings = after(61, 1, keeps_waiting=keeps_waiting, step=60)

    assert seconds_to_look(settings, watch) == 59


def test_an_answer_dated_a_moment_later_by_another_clock_does_no_harm() -> None:
    watch, settings = after(-2, 1, keeps_waiting=True, step=1)

    assert seconds_to_look(settings, watch) == 60


def test_people_can_be_asked_again_as_long_as_the_history_has_room() -> None:
    times = next(each for each in range(100) if not may_ask_again(PLAN, SETTINGS, each + 1))

    assert times >= 2
    assert events_of(PLAN, SETTINGS) <= MOST_EVENTS


def test_the_shorter_it_is_watched_the_more_often_people_can_be_asked() -> None:
    short = JudgeSettings(on_inconclusive="ask", max_bake_seconds=60)

    assert may_ask_again(PLAN, short, 7)
    assert not may_ask_again(PLAN, SETTINGS, 7)


def test_a_deployment_that_may_ask_is_given_the_longest_time() -> None:
    assert longest_with_people(PLAN, SETTINGS) == 24 * 3_600
    assert longest_with_people(PLAN, JudgeSettings()) < 4 * 3_600
