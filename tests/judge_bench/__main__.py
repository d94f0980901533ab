"""Simulate the whole grid, print it beside the figures, and fail when one of them is missed.

python -m tests.judge_bench [--quick]
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from tests.judge_bench.cells import DAYS_30, HOURS_2, Cell, Outcomes, four_points_beyond, grid, outcomes
from tests.judge_bench.figures import figures
from tests.judge_bench.peers import promoted_by_peers
from tests.judge_bench.tables import figure_rows, outcome_rows, speed_rows

Found = TypeVar("Found")
RUNS_OF_RATES, RUNS, RUNS_TO_THE_VERDICT, RUNS_OF_PEERS = 20_000, 2_000, 800, 500
QUICKLY = 10
"""Times fewer runs, where no small rate is counted."""
PROCESSES = 2


def in_parallel(work: Callable[[Cell], Found], cells: Sequence[Cell]) -> dict[Cell, Found]:
    """Work on all cells, in the order of the cells."""
    with ProcessPoolExecutor(min(PROCESSES, os.cpu_count() or 1)) as pool:
        return dict(zip(cells, pool.map(work, cells), strict=True))


def at_two_hours(cell: Cell, divisor: int) -> Outcomes:
    """Simulate rollouts that are watched for `max_bake`. A small rate needs all runs, even in a hurry."""
    is_rate = cell.worse == cell.tolerance or cell.worse >= cell.tolerance + 4
    return outcomes(cell, RUNS_OF_RATES if is_rate else RUNS // divisor, HOURS_2)


def main(arguments: Sequence[str]) -> int:
    """Run the bench, and return its exit code."""
    started = time.monotonic()
    quick = "--quick" in arguments
    divisor = QUICKLY if quick else 1
    cells = list(grid(quick=quick))
    _say(f"{len(cells)} cells: what becomes of them within two hours …")
    judged = in_parallel(partial(at_two_hours, divisor=divisor), [*cells, *_more(cells)])
    _say(f"{time.monotonic() - started:.0f} s; how many requests a verdict takes …")
    decidable = [cell for cell in cells if not cell.worse or cell.worse > cell.tolerance]
    verdicts = in_parallel(
        partial(outcomes, runs=RUNS_TO_THE_VERDICT // (4 if quick else 1), minutes=DAYS_30), decidable
    )
    _say(f"{time.monotonic() - started:.0f} s; what the others do …")
    peers = in_parallel(partial(promoted_by_peers, runs=RUNS_OF_PEERS // divisor), cells)
    found = list(figures(judged, verdicts))
    print("What became of the rollouts within two hours, in %; what the others would promote, in %\n")
    print("\n".join(outcome_rows(judged, peers)))
    print("\nThe canary's requests until the verdict\n")
    print("\n".join(speed_rows(verdicts)))
    print("\nThe figures\n")
    print("\n".join(figure_rows(found)))
    _say(f"{time.monotonic() - started:.0f} s in all")
    return 0 if all(figure.holds for figure in found) else 1


def _say(progress: str) -> None:
    """Tell whoever waits. What is printed stays the same each time."""
    print(progress, file=sys.stderr, flush=True)


def _more(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in four_points_beyond(cells) if cell not in set(cells)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
