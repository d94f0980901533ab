"""The formulas of `make bench-judge` are those that are deployed."""

import numpy as np
import pytest

from gantry.promotion.judge.blocks import blocks
from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.sequential_test import not_worse, worse
from tests.judge_bench.simulation import Test as Simulation

TRAFFIC = [(0.6, 5.4), (6, 54), (60, 540), (3_000, 3_000), (30, 30), (1, 0.2)]


@pytest.mark.parametrize("rates", [(0.001, 0.001), (0.03, 0.01), (0.6, 0.3), (1.0, 0.0)])
@pytest.mark.parametrize("traffic", TRAFFIC)
@pytest.mark.parametrize("difference", [0.01, 0.05])
def test_the_simulation_is_the_deployed_test(
    traffic: tuple[float, float], rates: tuple[float, float], difference: float
) -> None:
    random, runs, minutes = np.random.default_rng(7), 3, 150
    requests = [random.poisson(mean, (minutes, runs)) for mean in traffic]
    failed = [random.binomial(counts, rate) for counts, rate in zip(requests, rates, strict=True)]
    simulated = Simulation(runs, difference)
    for number in range(minutes):
        simulated.add(
            np.array([requests[0][number], failed[0][number], requests[1][number], failed[1][number]], dtype=float)
        )
        if number not in {0, 1, 4, 20, 149}:
            continue
        for run in range(runs):
            seen = [
                Block(*(int(each[minute, run]) for each in (requests[0], failed[0], requests[1], failed[1])))
                for minute in range(number + 1)
            ]
            deployed = list(blocks(seen))
            assert simulated.worse[run] == pytest.approx(worse(deployed, difference), rel=1e-9, abs=1e-9)
            assert simulated.not_worse[run] == pytest.approx(not_worse(deployed, difference), rel=1e-9, abs=1e-9)
