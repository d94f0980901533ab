"""The judge's sequential test for many rollouts at once: the formulas of `gantry.promotion.judge`, in numpy.

A unit test holds every formula against the one that is deployed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gantry.promotion.judge import bets
from gantry.promotion.judge.blocks import is_end
from gantry.promotion.judge.sequential_test import AT_ONCE, LATER

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
TINY = 1e-15


def log_ratio(requests: Numbers, failed: Numbers, bet: Numbers, nearest: Numbers) -> Numbers:
    """The logarithm of the ratio of two Bernoulli likelihoods."""
    return failed * np.log(bet / nearest) + (requests - failed) * np.log((1 - bet) / (1 - nearest))


def nearest_stable_rate(canary: Numbers, stable: Numbers, requests: Sequence[Numbers], difference: float) -> Numbers:
    """See gantry.promotion.judge.e_values.nearest_stable_rate."""
    total = requests[0] + requests[1]
    gap, border = difference - canary, difference * (1 - difference)
    b = -(requests[0] * (1 - gap) + requests[1] * (1 - 2 * difference + stable)) / total
    c = -(requests[0] * gap + requests[1] * (border - stable * (1 - 2 * difference))) / total
    p = c - b * b / 3
    q = 2 * b**3 / 27 - b * c / 3 + requests[1] * stable * border / total
    radius = np.sqrt(np.maximum(-p / 3, TINY * TINY))
    angle = np.arccos(np.clip(3 * q / (2 * p * radius), -1, 1))
    return np.clip(2 * radius * np.cos(angle / 3 - 2 * math.pi / 3) - b / 3, TINY, 1 - difference - TINY)


@dataclass(slots=True)
class Test:
    """The state of both tests, for each rollout."""

    runs: int
    difference: float
    past: Numbers = field(init=False)
    """Requests and failed ones of the canary, then of the stable revision."""
    waiting: Numbers = field(init=False)
    not_worse_money: Numbers = field(init=False)
    """Logarithms, one row a bet."""
    reserve: Numbers = field(init=False)
    active: Numbers = field(init=False)
    worse: Numbers = field(init=False)
    not_worse: Numbers = field(init=False)
    minutes: int = 0

    def __post_init__(self) -> None:
        self.past, self.waiting = np.zeros((4, self.runs)), np.zeros((4, self.runs))
        self.not_worse_money = np.log(bets.NOT_WORSE_WEIGHTS)[:, None] + np.zeros(self.runs)
        self.reserve = np.full(self.runs, math.log(1 - AT_ONCE))
        self.active = np.log(AT_ONCE * np.array(bets.WORSE_WEIGHTS))[:, None] + np.zeros(self.runs)
        self.worse, self.not_worse = np.zeros(self.runs), np.zeros(self.runs)

    def keep(self, those: Flags) -> None:
        """Go on with some of the rollouts only."""
        for name in ("past", "waiting", "not_worse_money", "reserve", "active", "worse", "not_worse"):
            setattr(self, name, getattr(self, name)[..., those])
        self.runs = int(those.sum())

    def add(self, minute: Numbers) -> None:
        """Take one minute into account: the greatest e-value for harm so far, and that for health of now."""
        self.minutes += 1
        self.waiting += minute
        if not is_end(self.minutes):
            return
        complete = np.flatnonzero(self.waiting[0] > 0)
        block, past = self.waiting[:, complete], self.past[:, complete]
        gains = np.zeros((len(bets.NOT_WORSE_WEIGHTS) + len(bets.WORSE_WEIGHTS), complete.size))
        surprises = block[0] + block[2] > bets.NEWS * (past[0] + past[2])
        surprises |= block[2] > bets.NEWS * past[2]
        for those in (surprises, ~surprises):
            if those.any():
                gains[:, those] = self._gains(block[:, those], past[:, those])
        self._pay(complete, gains, past[0] == 0)
        self.past[:, complete] += block
        self.waiting[:, complete] = 0

    def _pay(self, those: NDArray[np.intp], gains: Numbers, is_first: Flags) -> None:
        self.not_worse_money[:, those] += gains[:2]
        joining = np.where(is_first, -np.inf, self.reserve[those] + math.log(LATER))
        weights = np.log(bets.WORSE_WEIGHTS)[:, None]
        self.active[:, those] = np.logaddexp(self.active[:, those], joining + weights) + gains[2:]
        self.reserve[those] += np.where(is_first, 0.0, math.log(1 - LATER))
        self.not_worse[those] = np.logaddexp.reduce(self.not_worse_money[:, those], axis=0)
        total = np.logaddexp(self.reserve[those], np.logaddexp.reduce(self.active[:, those], axis=0))
        # The first block sets the maximum, as it does in the deployed test.
        self.worse[those] = np.where(is_first, total, np.maximum(self.worse[those], total))

    def _gains(self, block: Numbers, past: Numbers) -> Numbers:
        equal = list(_guesses(past[1] + past[3], past[0] + past[2], block[0] + block[2]))
        stable = list(_guesses(past[3], past[2], block[2]))
        rows = [_mixed([(weight, self._gain(block, rate, rate, rate + 1)) for weight, rate in equal])]
        rows.append(_mixed([(weight, self._own(block, past, rate)) for weight, rate in stable]))
        harm = [(weight, self._harm(block, past, rate)) for weight, rate in stable]
        for number in range(len(bets.WORSE_WEIGHTS)):
            rows.append(_mixed([(weight, gains[number]) for weight, gains in harm]))
        return np.array(rows)

    def _gain(self, block: Numbers, canary: Numbers, stable: Numbers, below: Numbers) -> Numbers:
        """What a bet gains, where the canary's rate is below a limit; nothing elsewhere."""
        usable = canary < below
        canary = np.where(usable, canary, stable)
        nearest = nearest_stable_rate(canary, stable, (block[0], block[2]), self.difference)
        gain = log_ratio(block[0], block[1], canary, nearest + self.difference)
        return np.where(usable, gain + log_ratio(block[2], block[3], stable, nearest), 0.0)

    def _own(self, block: Numbers, past: Numbers, stable: Numbers) -> Numbers:
        canary = (past[1] + bets.SHRINK * stable) / (past[0] + bets.SHRINK)
        return self._gain(block, canary, stable, stable + self.difference)

    def _harm(self, block: Numbers, past: Numbers, rate: Numbers) -> list[Numbers]:
        stable = np.minimum(rate, 0.95 * (1 - self.difference))
        border = stable + self.difference
        own = (past[1] + 0.5 * (border + self.difference) + 0.5) / (past[0] + 1.5)
        canaries = (own, border + 0.7 * self.difference, border + 0.06, border + 0.25, np.full_like(stable, 0.98))
        capped = [np.minimum(canary, bets.MOST_CANARY) for canary in canaries]
        return [self._gain(block, canary, stable, np.where(canary > border, 2.0, 0.0)) for canary in capped]


def _guesses(failed: Numbers, requests: Numbers, expected: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Pairs of weights and rates; one guess with all the weight where a block is no surprise."""
    estimate = (failed + bets.PRIOR_FAILED) / (requests + bets.PRIOR_REQUESTS)
    is_expected = expected <= bets.NEWS * requests
    if is_expected.all():
        yield np.ones_like(estimate), np.clip(estimate, bets.LEAST, bets.MOST)
        return
    step = math.log(bets.SPREAD) * np.sqrt(bets.PRIOR_FAILED / (failed + bets.PRIOR_FAILED))
    rates = [np.clip(estimate * np.exp(distance * step), bets.LEAST, bets.MOST) for distance, _ in bets.GUESSES]
    seen = np.array([failed * np.log(rate) + (requests - failed) * np.log1p(-rate) for rate in rates])
    weights = np.array([weight for _, weight in bets.GUESSES])[:, None] * np.exp(seen - seen.max(axis=0))
    weights = np.maximum(weights, bets.LEAST_WEIGHT)
    weights /= weights.sum(axis=0)
    for (distance, _), weight, rate in zip(bets.GUESSES, weights, rates, strict=True):
        yield np.where(is_expected, float(distance == 0), weight), rate


def _mixed(terms: Sequence[tuple[Numbers, Numbers]]) -> Numbers:
    if len(terms) == 1:
        return terms[0][1]
    with np.errstate(divide="ignore"):
        mixed: Numbers = np.logaddexp.reduce([np.log(weight) + gain for weight, gain in terms], axis=0)
    return mixed
