"""`make bench`: measure everything, or some parts: `python -m sandbox.stories.bench calls faults`.

The table is printed on stdout, the progress on stderr. The exit code is 1 if a count is over its budget, or
something did not end as it has to.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.process import StandIn
from sandbox.stand_in.settings import Limits
from sandbox.stories.bench import (
    calls,
    cold,
    faults,
    ledger,
    packages,
    page,
    peer,
    promotion,
    rollbacks,
    services,
    targets,
)
from sandbox.stories.bench.rows import Outcome, Row, table

_Rows = Callable[[Pipeline], list[Row]]
_FAST = 0.02
"""The stand-in's time scale: retries and alarms do not take long, and nothing that is counted changes."""
_REAL = 1.0
PARTS: dict[str, tuple[float, _Rows]] = {
    "calls": (_FAST, calls.rows),
    "rollbacks": (_FAST, rollbacks.rows),
    "cold": (_FAST, cold.rows),
    "targets": (_FAST, targets.rows),
    "history": (_FAST, ledger.histories),
    "leases": (_FAST, ledger.leases),
    "services": (_FAST, services.rows),
    "promotion": (_FAST, promotion.rows),  # the last one here, because its policy file is about its own service only
    "faults": (_REAL, faults.rows),
}
"""What is measured on a deployed pipeline, and how fast the clock of its stand-in is."""
PACKAGES, PAGE = "packages", "page"
WITHOUT_PIPELINE = {PACKAGES: packages, PAGE: page}
"""What needs none."""
_SIDE_BY_SIDE = (
    *((part,) for part in PARTS if part not in ("promotion", "faults")),
    ("promotion", "faults"),
    (PACKAGES,),
    (PAGE,),  # alone: it measures a time
)
"""In this order. Those two wait most of the time, each on a stand-in of its own."""


@dataclass
class _Bench:
    """Deploys a pipeline when the first part needs it."""

    stack: ExitStack
    started: float = field(default_factory=time.monotonic)
    _deployed: dict[float, Pipeline] = field(default_factory=dict)

    def rows_of(self, parts: Sequence[str]) -> list[Row]:
        """Measure these parts side by side."""
        with ThreadPoolExecutor() as pool:
            return [row for found in pool.map(self._rows_of, parts) for row in found]

    def _rows_of(self, part: str) -> list[Row]:
        """Measure one part. One that stops halfway fails the bench, and the others are measured all the same."""
        self.tell(part)
        try:
            return self._measured(part)
        except Exception as error:
            traceback.print_exc()
            return [Outcome(f"all of {part}", f"stopped: {type(error).__name__}", "measured")]

    def _measured(self, part: str) -> list[Row]:
        if part in WITHOUT_PIPELINE:
            return WITHOUT_PIPELINE[part].rows()  # type: ignore[no-any-return]  # modules
        scale, measure = PARTS[part]
        return measure(self._pipeline(scale))

    def tell(self, what: str) -> None:
        """Print progress, with the seconds since the beginning."""
        print(f"{time.monotonic() - self.started:6.0f} s  {what}", file=sys.stderr, flush=True)

    def _pipeline(self, scale: float) -> Pipeline:
        if scale not in self._deployed:
            stand_in = self.stack.enter_context(StandIn(time_scale=scale, limits=Limits(forks=False)))
            pipeline = Pipeline.deploy(stand_in, lambda what: self.tell(f"  {what}"))
            pipeline.disable("RepairSchedule")  # it would come in between, and its calls would count
            self._deployed[scale] = pipeline
        return self._deployed[scale]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stories.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"of {', '.join([*PARTS, *WITHOUT_PIPELINE])}; all by default"
    )
    wanted = parser.parse_args(arguments).parts
    if unknown := {*wanted} - {*PARTS, *WITHOUT_PIPELINE}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with ExitStack() as stack:
        bench = _Bench(stack)
        together = [[part for part in parts if part in wanted or not wanted] for parts in _SIDE_BY_SIDE]
        rows = [row for parts in together if parts for row in bench.rows_of(parts)]
        bench.tell("done")
    print(table(rows, f"{peer.NAME}, {peer.MEASURED}"))
    broken = [row.cells()[0] for row in rows if not row.holds]
    print(f"\n{len(rows) - len(broken)} of {len(rows)} figures are as they have to be.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
