"""The figures that the judge has to reach, each with its limit and what was measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from gantry.promotion.judge.alarm_facts import AlarmFacts
from gantry.promotion.judge.evidence import TargetEvidence
from gantry.promotion.judge.expected_time import time_to_verdict
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.verdict import Health, judge
from gantry.promotion.traffic import Step
from tests.judge_bench.cells import Cell, Outcomes

WRONG, WRONG_AT_95, BEYOND = 0.01, 0.015, 0.001
GOOD_RATIO, BAD_RATIO = 1.6, 2.5
MEDIANS = {(10, 1.0): 10, (10, 2.0): 5, (10, 5.0): 3, (50, 1.0): 3, (50, 2.0): 2, (50, 5.0): 1}
"""Minutes to promote an equal canary, by weight and tolerance."""
TOTAL_FAILURE, TOTAL_FAILURE_WHERE_QUIET = 2, 6
QUIET = 0.1
"""Requests a second."""
PROMOTED_WHERE_QUIET = {1.0: 0.001, 2.0: 0.001, 5.0: 0.1}
"""By tolerance. With five points, some rollouts have more requests than most."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The worst of what was measured, and its limit."""

    what: str
    limit: float
    measured: float
    where: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure is reached."""
        return self.measured <= self.limit


def upper_limit(hits: int, runs: int) -> float:
    """Return the upper end of the one-sided 95 % interval of Clopper and Pearson."""
    return 1.0 if hits == runs else float(beta.ppf(0.95, hits + 1, runs - hits))


def worst(what: str, limit: float, measured: Iterable[tuple[Cell, float]]) -> Iterator[Figure]:
    """Return the greatest of some measured numbers; nothing when the grid is too small to have any."""
    found = max(measured, key=lambda pair: pair[1], default=None)
    if found:
        yield Figure(what, limit, found[1], where(found[0]))


def where(cell: Cell) -> str:
    """Return a cell in words."""
    return (
        f"{cell.requests_per_second:g}/s, {cell.weight} %, stable {cell.stable:g} %, "
        f"+{cell.worse:g} points, {cell.tolerance:g} tolerated"
    )


def figures(at_two_hours: Mapping[Cell, Outcomes], to_the_verdict: Mapping[Cell, Outcomes]) -> Iterator[Figure]:
    """Return all figures."""
    border = [(cell, found) for cell, found in at_two_hours.items() if cell.worse == cell.tolerance]
    for what, hits in (
        ("promoted", [(cell, found.promoted, found.runs) for cell, found in border]),
        ("rolled back", [(cell, found.rolled_back, found.runs) for cell, found in border]),
    ):
        yield from worst(f"1. at the tolerance: {what}", WRONG, [(cell, hit / runs) for cell, hit, runs in hits])
        limits = [(cell, upper_limit(hit, runs)) for cell, hit, runs in hits]
        yield from worst(f"1. at the tolerance: {what}, upper 95 % limit", WRONG_AT_95, limits)
    beyond = [
        (cell, found.promoted / found.runs) for cell, found in at_two_hours.items() if cell.worse >= cell.tolerance + 4
    ]
    yield from worst("2. four points or more beyond it: promoted", BEYOND, beyond)
    yield Figure("2. no data: promoted", 0, float(_is_promoted_without_data()))
    yield from _speed(to_the_verdict)
    yield from _minutes(at_two_hours)
    yield from _quiet(at_two_hours)


def _is_promoted_without_data() -> bool:
    return judge(TargetEvidence(), AlarmFacts(), JudgeSettings()).verdict is Health.HEALTHY


def _speed(to_the_verdict: Mapping[Cell, Outcomes]) -> Iterator[Figure]:
    ratios = [
        (cell, float(found.requests.mean()) / max(cell.wald_requests, cell.canary_a_minute))
        for cell, found in to_the_verdict.items()
    ]
    good = [(cell, ratio) for cell, ratio in ratios if not cell.worse]
    bad = [(cell, ratio) for cell, ratio in ratios if cell.worse]
    yield from worst("3. requests ÷ Wald's bound, equal canary", GOOD_RATIO, good)
    yield from worst("3. requests ÷ Wald's bound, bad canary", BAD_RATIO, bad)
    unfinished = [(cell, found.inconclusive / found.runs) for cell, found in to_the_verdict.items()]
    yield from worst("3. without a verdict in 30 days", 0.0, unfinished)


def _minutes(at_two_hours: Mapping[Cell, Outcomes]) -> Iterator[Figure]:
    for cell, found in at_two_hours.items():
        median = float(np.median(found.minutes))
        if not cell.worse and (cell.requests_per_second, cell.stable) == (10, 0.1):
            limit = MEDIANS[cell.weight, cell.tolerance]
            yield Figure("4. median minutes to promote", limit, median, where(cell))
    fails = [
        (cell, float(np.median(found.minutes)))
        for cell, found in at_two_hours.items()
        if cell.worse == 100 and cell.weight == 10
    ]
    loud = [pair for pair in fails if pair[0].requests_per_second > QUIET]
    quiet = [pair for pair in fails if pair[0].requests_per_second == QUIET]
    yield from worst("5. total failure: median minutes to roll back", TOTAL_FAILURE, loud)
    yield from worst("5. the same at 0.1 requests a second", TOTAL_FAILURE_WHERE_QUIET, quiet)


def _quiet(at_two_hours: Mapping[Cell, Outcomes]) -> Iterator[Figure]:
    quiet = [
        (cell, found.promoted / found.runs)
        for cell, found in at_two_hours.items()
        if cell.requests_per_second == QUIET and cell.weight == 10 and not cell.worse
    ]
    for tolerance, limit in PROMOTED_WHERE_QUIET.items():
        some = [pair for pair in quiet if pair[0].tolerance == tolerance]
        yield from worst("7. 0.1 requests a second, 10 %, two hours: promoted", limit, some)
    expected = [
        time_to_verdict(
            QUIET, (Step(10, 300),), JudgeSettings(tolerated_error_rate_increase=cell.tolerance), cell.stable / 100
        )
        for cell, _ in quiet
    ]
    if expected:
        silent = sum(each.is_enough or not each.advice for each in expected)
        yield Figure("7. cells in which it does not say what would help", 0, silent)
