"""One cell of the grid: a service's traffic and errors, and what becomes of many rollouts there."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gantry.promotion.judge.comparison import HEALTH_CAUTION
from gantry.promotion.judge.e_values import Rates
from gantry.promotion.judge.growth import growth
from tests.judge_bench.simulation import Flags, Numbers, Test

ALPHA = 0.01
"""Both `false_alarm_rate` and `missed_bad_rate`, as the manifest's defaults have them."""
SEED = 20_261_122
HOURS_2, DAYS_30 = 120, 43_200
"""Minutes: the default of `max_bake`; as good as no limit."""
REQUESTS_PER_SECOND = (0.1, 1.0, 10.0, 100.0)
WEIGHTS = (10, 50)
STABLE_ERRORS = (0.0, 0.1, 1.0)
WORSE = (0.0, 0.5, 1.0, 2.0, 5.0, 20.0, 100.0)
TOLERANCES = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Rates in per cent, differences in points, as in a manifest."""

    requests_per_second: float
    weight: int
    stable: float
    worse: float
    tolerance: float = 2.0

    @property
    def rates(self) -> Rates:
        """The true rates."""
        return Rates(min(1.0, (self.stable + self.worse) / 100), self.stable / 100)

    @property
    def canary_a_minute(self) -> float:
        """The canary's requests a minute, on average."""
        return 0.6 * self.requests_per_second * self.weight

    @property
    def stable_a_minute(self) -> float:
        """The stable version's."""
        return 0.6 * self.requests_per_second * (100 - self.weight)

    @property
    def wald_requests(self) -> float:
        """Wald's bound: fewer requests of the canary can decide on average with no test that is wrong as seldom."""
        wanted = (1 - ALPHA) * math.log((1 - ALPHA) / ALPHA) + ALPHA * math.log(ALPHA / (1 - ALPHA))
        return wanted / growth(self.rates, (100 - self.weight) / self.weight, self.tolerance / 100)

    def random(self) -> np.random.Generator:
        """A generator that is always the same for this cell."""
        own = (self.requests_per_second, self.weight, self.stable, self.worse, self.tolerance)
        return np.random.default_rng([SEED, *(round(10 * each) for each in own)])

    def minute(self, random: np.random.Generator, runs: int) -> Numbers:
        """Draw requests and failed ones, of the canary and of the stable version."""
        canary = random.poisson(self.canary_a_minute, runs)
        stable = random.poisson(self.stable_a_minute, runs)
        failed = random.binomial(canary, self.rates.canary), random.binomial(stable, self.rates.stable)
        return np.array([canary, failed[0], stable, failed[1]], dtype=float)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the rollouts of a cell."""

    runs: int
    promoted: int
    rolled_back: int
    minutes: Numbers
    """Until the verdict, each; infinite without one."""
    requests: Numbers
    """Of the canary until the verdict, or until the end."""

    @property
    def inconclusive(self) -> int:
        """How many had no verdict."""
        return self.runs - self.promoted - self.rolled_back


def outcomes(cell: Cell, runs: int, minutes: int) -> Outcomes:
    """Judge many rollouts of one step after every minute.

    A rollout is promoted as soon as it may be, so no plan of steps promotes more of them. Harm comes first.
    """
    random, test, threshold = cell.random(), Test(runs, cell.tolerance / 100), -math.log(ALPHA)
    health_at = threshold - math.log(HEALTH_CAUTION)
    open_, decided, requests = np.arange(runs), np.full(runs, np.inf), np.zeros(runs)
    promoted = rolled_back = 0
    for minute in range(1, minutes + 1):
        counts = cell.minute(random, open_.size)
        requests[open_] += counts[0]
        test.add(counts)
        bad: Flags = test.worse >= threshold
        good: Flags = (test.not_worse >= health_at) & ~bad
        rolled_back, promoted = rolled_back + int(bad.sum()), promoted + int(good.sum())
        decided[open_[good | bad]] = minute
        if (good | bad).any():
            open_ = open_[~(good | bad)]
            test.keep(~(good | bad))
        if not open_.size:
            break
    return Outcomes(runs, promoted, rolled_back, decided, requests)


def grid(*, quick: bool) -> Iterator[Cell]:
    """Return the cells of the grid; a few of them when it has to be quick."""
    for requests in (1.0, 100.0) if quick else REQUESTS_PER_SECOND:
        for weight in (10,) if quick else WEIGHTS:
            for stable in (0.1,) if quick else STABLE_ERRORS:
                for tolerance in (2.0,) if quick else TOLERANCES:
                    for worse in WORSE:
                        yield Cell(requests, weight, stable, worse, tolerance)


def four_points_beyond(cells: list[Cell]) -> list[Cell]:
    """Return the cells in which the canary is exactly four points beyond what is tolerated."""
    return list(dict.fromkeys(replace(cell, worse=cell.tolerance + 4) for cell in cells))
