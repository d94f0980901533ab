"""The rows of the bench's table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Row(Protocol):
    """One figure, with its budget."""

    @property
    def holds(self) -> bool:
        """Whether the bench may succeed."""
        ...

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells: what was measured, our figure, the budget, the peer's figure, a remark."""
        ...


@dataclass(frozen=True, slots=True)
class Count:
    """Something that is the same on every machine. Over its budget, it fails the bench."""

    what: str
    ours: float
    budget: float
    peer: str = ""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the count is within its budget."""
        return self.ours <= self.budget

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells of the table."""
        figure, budget = (f"{value:.4g}{self.unit}" for value in (self.ours, self.budget))
        return self.what, figure, f"≤ {budget}", self.peer, "" if self.holds else "over budget"


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time on this machine. It fails nothing."""

    what: str
    ours: float
    budget: float | None = None
    peer: str = ""

    @property
    def holds(self) -> bool:
        """Return True: a time depends on the machine."""
        return True

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells of the table."""
        budget = "" if self.budget is None else f"≤ {self.budget:g} s"
        is_slow = self.budget is not None and self.ours > self.budget
        return self.what, f"{self.ours:.2f} s", budget, self.peer, "slower than planned" if is_slow else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How something ended. Another end than the wanted one fails the bench."""

    what: str
    ours: str
    wanted: str
    peer: str = ""

    @property
    def holds(self) -> bool:
        """Whether it ended as it has to."""
        return self.ours == self.wanted

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells of the table."""
        return self.what, self.ours, self.wanted, self.peer, "" if self.holds else "not as it has to be"


def table(rows: Sequence[Row], peer: str) -> str:
    """Return a table of the rows, with the peer's name above its column."""
    lines = [("", "ours", "budget", peer, ""), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
