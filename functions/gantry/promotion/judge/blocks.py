"""How minutes become blocks of requests, by a rule that does not look at failures."""

from collections.abc import Iterable, Iterator

from gantry.promotion.judge.e_values import Block

_WIDTHS = ((120, 1), (360, 5), (1_440, 15))
"""Minutes of a rollout, and how long its blocks are until then: 240 blocks in a day, so that a look stays cheap."""


def blocks(minutes: Iterable[Block]) -> Iterator[Block]:
    """Return the blocks that are complete.

    The first two hours have a block a minute; later ones last longer. A block also waits for the canary's first
    request, and then holds the stable revision's from before as well. Where a block ends depends on the time and on
    the number of requests only, so it is the same at every look, and no failure can move it.

    Args:
        minutes: the counts of every minute since the canary's first traffic, oldest first. A minute whose counts are
            unknown has none.
    """
    waiting = Block()
    for number, minute in enumerate(minutes, start=1):
        waiting += minute
        if waiting.canary and is_end(number):
            yield waiting
            waiting = Block()


def is_end(number: int) -> bool:
    """Return whether a block ends with this minute of the rollout, counted from 1."""
    return number % next((width for until, width in _WIDTHS if number <= until), _WIDTHS[-1][1]) == 0
