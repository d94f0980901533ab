"""Look at the board again and again, until nothing moves."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gantry.command_line.errors import Exit
from gantry.command_line.explaining import service_of_execution
from gantry.command_line.output import console, say
from gantry.command_line.progress_lines import Seen, changes
from gantry.command_line.results.status import state_of
from gantry.command_line.waiting import ticks
from gantry.command_line.why_text import code_of_state
from gantry.promotion.board.board import Board
from gantry.use_cases.operator.read_board import read_board

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gantry.command_line.pipeline import Pipeline

_EVERY = 2.0
"""Seconds. A look is four queries, of some 20 read units for 50 services."""


def service_of(pipeline: "Pipeline", what: str | None) -> str | None:
    """Return the service that is meant: as it is called, or that of an execution; None for all.

    Raises:
        CommandError: neither is known.
    """
    if what is None:
        return None
    board = read_board(pipeline.services, what)
    return what if board.services else service_of_execution(pipeline, what)


def watch(pipeline: "Pipeline", service: str | None, seconds: float | None) -> int:
    """Draw what moves until nothing does, or the time is over; return the exit code."""
    board = None
    with _drawing() as draw:
        for _ in ticks(_EVERY, seconds):
            board = read_board(pipeline.services, service)
            draw(board)
            if not is_moving(board):
                return int(_code(board))
    say("The time is over. What moves goes on all the same.")
    return int(Exit.WAITS_FOR_PEOPLE if board and _asks(board) else Exit.TIMED_OUT)


def is_moving(board: Board) -> bool:
    """Whether anything is on its way, or waits for people."""
    return any(state_of(each) in {"in_flight", "waits_for_people"} for each in board.services)


def _asks(board: Board) -> bool:
    return any(here.approvals for each in board.services for here in each.environments)


def _code(board: Board) -> Exit:
    """Return the worst of all services: the greatest number is none of those that are healthy."""
    return max((code_of_state(state_of(each)) for each in board.services), default=Exit.HEALTHY)


@contextmanager
def _drawing() -> "Iterator[Callable[[Board], None]]":
    """Yield what draws a board: over the one before on a terminal, otherwise a line for each change."""
    if not sys.stdout.isatty():
        seen = Seen()

        def lines(board: Board) -> None:
            for line in changes(board, seen):
                click.echo(line)

        yield lines
        return
    from rich.live import Live

    from gantry.command_line.watch_view import drawn

    with Live(console=console(), auto_refresh=False) as live:
        yield lambda board: live.update(drawn(board), refresh=True)
