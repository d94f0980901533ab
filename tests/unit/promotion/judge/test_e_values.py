import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from gantry.promotion.judge.e_values import Block, Rates, log_e_value, nearest_stable_rate

DIFFERENCES = (0.01, 0.02, 0.05, 0.3)
SIZES = [(canary, stable) for canary in (1, 2, 5, 12) for stable in (0, 1, 3, 12)]
WORSE = [Rates(0.98, 0.001), Rates(0.4, 0.01), Rates(0.37, 0.05)]
NOT_WORSE = [Rates(0.001, 0.001), Rates(0.01, 0.02), Rates(0.2, 0.2), Rates(0.0001, 0.5)]
rates = st.floats(1e-4, 1 - 1e-4)
sizes = st.integers(1, 1_000)


def divergence(rate: float, other: float) -> float:
    return rate * math.log(rate / other) + (1 - rate) * math.log((1 - rate) / (1 - other))


def expectation(canary: int, stable: int, bet: Rates, difference: float, truth: Rates) -> float:
    """Of the e-value, over all that can happen in a block."""
    logarithms = [
        [
            log_e_value(Block(canary, failed, stable, stable_failed), bet, difference)
            for stable_failed in range(stable + 1)
        ]
        for failed in range(canary + 1)
    ]
    of_canary = binom.pmf(np.arange(canary + 1), canary, truth.canary)
    of_stable = binom.pmf(np.arange(stable + 1), stable, truth.stable)
    return float(of_canary @ np.exp(logarithms) @ of_stable)


def truths(difference: float, *, at_most: bool) -> list[Rates]:
    """Pairs of rates on the border of the assumption, and within it."""
    border = [Rates(stable + difference, stable) for stable in np.linspace(0, 1 - difference, 9)]
    if at_most:
        return border + [Rates(each.canary * share, each.stable) for each in border for share in (0, 0.5, 0.9)]
    return border + [Rates(each.canary, each.stable * share) for each in border for share in (0, 0.5, 0.9)]


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize(("canary", "stable"), SIZES)
def test_if_the_canary_is_within_what_is_tolerated_no_bet_on_harm_is_expected_to_win(
    canary: int, stable: int, difference: float
) -> None:
    for bet in (bet for bet in WORSE if bet.canary > bet.stable + difference):
        for truth in truths(difference, at_most=True):
            assert expectation(canary, stable, bet, difference, truth) <= 1 + 1e-9


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize(("canary", "stable"), SIZES)
def test_if_the_canary_is_too_bad_no_bet_on_its_health_is_expected_to_win(
    canary: int, stable: int, difference: float
) -> None:
    for bet in NOT_WORSE:
        for truth in truths(difference, at_most=False):
            assert expectation(canary, stable, bet, difference, truth) <= 1 + 1e-9


def test_a_bet_that_is_right_is_expected_to_win() -> None:
    bad, good = Rates(0.4, 0.01), Rates(0.01, 0.01)
    assert expectation(5, 12, bad, 0.02, bad) > 2
    assert expectation(12, 12, good, 0.3, good) > 2


@given(rates, rates, sizes, st.integers(0, 1_000), st.floats(0.001, 0.9))
@settings(deadline=None)
def test_the_nearest_rates_are_those_that_a_general_minimiser_finds(
    canary: float, stable: float, requests: int, stable_requests: int, difference: float
) -> None:
    def distance(rate: float) -> float:
        return requests * divergence(canary, rate + difference) + stable_requests * divergence(stable, rate)

    ends = (1e-12, 1 - difference - 1e-12)
    found = nearest_stable_rate(Rates(canary, stable), requests, stable_requests, difference)
    least = min(distance(end) for end in ends)
    least = min(least, minimize_scalar(distance, bounds=ends, method="bounded", options={"xatol": 1e-12}).fun)
    assert distance(min(max(found, ends[0]), ends[1])) <= least + 1e-6 * max(1, least)


counted = sizes.flatmap(lambda requests: st.tuples(st.just(requests), st.integers(0, requests)))


@given(st.builds(Rates, rates, rates), counted, counted, st.floats(0.001, 0.9))
def test_an_e_value_of_any_block_is_a_number(
    bet: Rates, canary: tuple[int, int], stable: tuple[int, int], difference: float
) -> None:
    assert math.isfinite(log_e_value(Block(*canary, *stable), bet, difference))
