"""The bench's output: what became of each cell, beside the others."""

from collections.abc import Iterator, Mapping, Sequence

from tests.judge_bench.cells import Cell, Outcomes
from tests.judge_bench.figures import Figure

Peers = Mapping[Cell, Mapping[str, float]]


def _cell(cell: Cell) -> str:
    numbers = (cell.requests_per_second, cell.weight, cell.stable, cell.worse, cell.tolerance)
    return " ".join(f"{number:>6g}" for number in numbers) + " | "


_CELL = " ".join(f"{name:>6}" for name in ("req/s", "weight", "stable", "worse", "toler.")) + " | "


def figure_rows(figures: Sequence[Figure]) -> Iterator[str]:
    """Return the figures, one a line."""
    yield f"{'figure':<55} {'limit':>7} {'worst':>9}        where"
    for figure in figures:
        sign = "ok" if figure.holds else "MISSED"
        yield f"{figure.what:<55} {figure.limit:>7g} {figure.measured:>9.4g} {sign:<6} {figure.where}"


def outcome_rows(at_two_hours: Mapping[Cell, Outcomes], peers: Peers) -> Iterator[str]:
    """Return what became of the rollouts of each cell, in per cent, and how many the others would promote."""
    names = list(next(iter(peers.values())))
    columns = ("promoted", "rolled b.", "inconcl.")
    yield (
        _CELL
        + " ".join(f"{name:>9}" for name in columns)
        + f" {'runs':>6} | "
        + " ".join(f"{name:>17}" for name in names)
    )
    for cell, found in at_two_hours.items():
        counted = (found.promoted, found.rolled_back, found.inconclusive)
        others = peers.get(cell)
        yield (
            _cell(cell)
            + " ".join(f"{100 * number / found.runs:>9.2f}" for number in counted)
            + f" {found.runs:>6} | "
            + " ".join(f"{100 * others[name]:>17.1f}" for name in names if others)
        )


def speed_rows(to_the_verdict: Mapping[Cell, Outcomes]) -> Iterator[str]:
    """Return how many of the canary's requests a verdict takes, beside Wald's bound."""
    yield _CELL + f"{'Wald':>8} {'mean':>9} {'ratio':>6} {'minutes':>8}"
    for cell, found in to_the_verdict.items():
        mean = float(found.requests.mean())
        yield (
            _cell(cell)
            + f"{cell.wald_requests:>8.1f} {mean:>9.1f} {mean / max(cell.wald_requests, cell.canary_a_minute):>6.2f} "
            f"{float(found.minutes.mean()):>8.1f}"
        )
