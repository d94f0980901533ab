import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.sequential_test import not_worse, worse, worse_by_at_least, worse_by_at_most
from tests.judge_bench.cells import Cell, outcomes
from tests.judge_bench.simulation import Test as Simulation

THRESHOLD = math.log(100)
counts = st.integers(1, 200).flatmap(lambda requests: st.tuples(st.just(requests), st.integers(0, requests)))
some_blocks = st.lists(st.builds(lambda canary, stable: Block(*canary, *stable), counts, counts), max_size=6)


@pytest.mark.parametrize("canary_a_minute", [3, 60])
def test_whatever_is_looked_at_both_errors_are_as_seldom_as_promised(canary_a_minute: int) -> None:
    runs, difference, stable = 4_000, 0.05, 0.1
    random, simulated = np.random.default_rng(3), Simulation(runs, difference)
    ever_not_worse = np.zeros(runs, dtype=bool)
    for _ in range(60):
        canary = random.poisson(canary_a_minute, runs)
        other = random.poisson(canary_a_minute, runs)
        failed = random.binomial(canary, stable + difference), random.binomial(other, stable)
        simulated.add(np.array([canary, failed[0], other, failed[1]], dtype=float))
        ever_not_worse |= simulated.not_worse >= THRESHOLD
    assert (simulated.worse >= THRESHOLD).mean() <= 0.015
    assert ever_not_worse.mean() <= 0.015


def test_evidence_is_the_same_whatever_the_number_of_requests_promises_nothing_else() -> None:
    """The sum over all outcomes of two blocks, with the bets of the second depending on the first."""
    difference, stable = 0.05, 0.2
    rates = (stable + difference, stable)
    chances = [
        [(failed, math.comb(2, failed) * rate**failed * (1 - rate) ** (2 - failed)) for failed in range(3)]
        for rate in rates
    ]
    blocks = [
        (Block(2, canary, 2, other), chance * other_chance)
        for canary, chance in chances[0]
        for other, other_chance in chances[1]
    ]
    for test in (not_worse, worse):
        first = sum(chance * math.exp(test([block], difference)) for block, chance in blocks)
        assert first <= 1 + 1e-9
    both = sum(
        one * two * math.exp(not_worse([first, second], difference)) for first, one in blocks for second, two in blocks
    )
    assert both <= 1 + 1e-9


@given(some_blocks)
@settings(deadline=None, max_examples=25)
def test_a_bound_is_where_the_test_still_rejects(seen: list[Block]) -> None:
    least, most = worse_by_at_least(seen, THRESHOLD), worse_by_at_most(seen, THRESHOLD)
    if least:
        assert worse(seen, least) >= THRESHOLD
    if most is not None:
        assert not_worse(seen, most) >= THRESHOLD


@pytest.mark.parametrize(("failed", "stable_failed"), [(30, 5), (0, 0), (300, 100)])
def test_the_bounds_are_where_a_fine_grid_of_tests_changes(failed: int, stable_failed: int) -> None:
    seen = [Block(100, failed // 5, 100, stable_failed // 5)] * 5
    grid = [number / 1_000 for number in range(950)]
    rejected = [difference for difference in grid if worse(seen, difference) >= THRESHOLD]
    assert worse_by_at_least(seen, THRESHOLD) == pytest.approx(max(rejected, default=0.0), abs=0.002)
    below = [difference for difference in grid if not_worse(seen, difference) >= THRESHOLD]
    assert worse_by_at_most(seen, THRESHOLD) == pytest.approx(min(below), abs=0.002)


def test_harm_that_was_shown_stays_shown_and_health_does_not() -> None:
    bad, good = [Block(60, 60, 60, 0)], [Block(60, 0, 60, 0)]
    assert worse(bad + good * 30, 0.02) >= THRESHOLD
    assert not_worse(good * 30, 0.02) >= THRESHOLD
    assert not_worse(good * 30 + bad, 0.02) < THRESHOLD


def test_without_a_block_nothing_is_shown() -> None:
    assert worse([], 0.02) == 0
    assert not_worse([], 0.02) == pytest.approx(0)
    assert worse_by_at_least([], THRESHOLD) == 0
    assert worse_by_at_most([], THRESHOLD) is None


def test_the_canary_may_be_shown_to_be_better() -> None:
    assert worse_by_at_most([Block(100, 0, 100, 60)] * 5, THRESHOLD) == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize(("worse_by", "promoted"), [(0.0, 1.0), (20.0, 0.0)])
def test_an_equal_canary_is_promoted_and_a_bad_one_is_not(worse_by: float, promoted: float) -> None:
    found = outcomes(Cell(10, 10, 0.1, worse_by), 200, 120)
    assert found.promoted / found.runs == promoted
    assert found.inconclusive == 0
