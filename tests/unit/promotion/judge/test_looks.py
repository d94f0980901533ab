"""When a canary is looked at, and for how long."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.judge.looks import (
    EVERY_MINUTE,
    LOOKS_WHILE_WATCHED,
    MOST_LOOKS,
    MOST_STEPS,
    SOONEST,
    most_looks,
    seconds_to_next_look,
    watch_seconds,
)
from gantry.promotion.judge.settings import MAX_BAKE, JudgeSettings
from gantry.promotion.traffic import Plan, Step

HOUR = 3_600
TWO_STEPS = (Step(10, 600), Step(50, 1_200))
totals = st.integers(5, 24 * HOUR)


def looks(total: int, late: list[float] | None = None) -> list[float]:
    """When it is looked at, if each look comes some seconds late."""
    watched, found, delays = 0.0, list[float](), iter(late or [])
    while watched < total:
        watched += seconds_to_next_look(watched, total) + next(delays, 0.0)
        found.append(watched)
    return found


@pytest.mark.parametrize("minutes", [1, 5, 30, 31, 88, LOOKS_WHILE_WATCHED])
def test_what_is_not_watched_for_long_is_looked_at_every_minute(minutes: int) -> None:
    assert looks(minutes * 60) == [minute * 60 for minute in range(1, minutes + 1)]


def test_what_is_watched_for_longer_is_looked_at_every_minute_first_and_then_evenly() -> None:
    found = looks(12 * HOUR)
    assert found[:EVERY_MINUTE] == [minute * 60 for minute in range(1, EVERY_MINUTE + 1)]
    later = [after - before for before, after in pairwise(found[EVERY_MINUTE - 1 :])]
    assert max(later) - min(later) <= 1
    assert 660 <= later[0] <= 720
    assert len(found) == LOOKS_WHILE_WATCHED


def test_the_default_is_looked_at_nearly_every_minute() -> None:
    found = looks(MAX_BAKE)
    assert max(after - before for before, after in pairwise(found)) <= 95


@given(totals, st.lists(st.floats(0, 300), max_size=300))
def test_there_are_never_more_looks_than_fit_and_the_last_one_is_at_the_end(total: int, late: list[float]) -> None:
    found = looks(total, late)
    assert len(found) <= LOOKS_WHILE_WATCHED
    assert found[-1] >= total
    assert looks(total)[-1] == pytest.approx(max(total, SOONEST), abs=SOONEST)


@given(totals, st.lists(st.floats(0, 24 * HOUR), max_size=MOST_STEPS))
def test_a_look_at_the_end_of_a_bake_adds_one_and_no_more(total: int, ends: list[float]) -> None:
    watched, count, waiting = 0.0, 0, sorted(ends)
    while watched < total:
        next_look = watched + seconds_to_next_look(watched, total)
        while waiting and waiting[0] <= watched:
            waiting.pop(0)
        watched = min(next_look, waiting[0]) if waiting else next_look
        count += 1
    assert count <= LOOKS_WHILE_WATCHED + len(ends)


@given(st.floats(-10, 30 * HOUR), totals)
def test_two_looks_are_seconds_apart_whatever_a_clock_says(watched: float, total: int) -> None:
    assert seconds_to_next_look(watched, total) >= SOONEST


@pytest.mark.parametrize(
    ("plan", "settings", "seconds"),
    [
        (TWO_STEPS, JudgeSettings(), MAX_BAKE),
        (TWO_STEPS, JudgeSettings(max_bake_seconds=60), 1_800),
        (TWO_STEPS, JudgeSettings(mode="observe"), 1_800),
        ((), JudgeSettings(), 0),
    ],
)
def test_it_is_watched_for_the_bakes_or_longer_if_it_may_be(plan: Plan, settings: JudgeSettings, seconds: int) -> None:
    assert watch_seconds(plan, settings) == seconds


def test_a_deployment_has_a_look_for_each_step_and_those_while_and_after_its_traffic_shifts() -> None:
    short = JudgeSettings(max_bake_seconds=1_790, bake_after_seconds=301)
    assert most_looks(TWO_STEPS, short) == (2 * 2 + 30 + 6) + 2
    assert most_looks((), JudgeSettings()) == 0
    longest = tuple(Step(weight, 1_440) for weight in range(1, MOST_STEPS + 1))
    assert most_looks(longest, JudgeSettings(bake_after_seconds=12 * HOUR)) == MOST_LOOKS
