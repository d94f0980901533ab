"""Numbers of requests as they were measured, and what is wrong with some of them."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from gantry.promotion.judge.e_values import Block
from gantry.promotion.judge.evidence import ONE_MINUTE, Minute, RevisionMinute

_MOST = 1e12
"""Requests in a minute. More are no measurement."""
CANARY, STABLE = "the new version", "the stable version"


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of every minute, and why some are left out."""

    minutes: tuple[Block, ...]
    """One a minute; all zero where a minute is left out."""
    problems: tuple[str, ...]
    """In words for people. With any, too little is known to call the canary healthy."""


def failed_counts(minutes: Sequence[Minute]) -> Counts:
    """Count failed requests."""
    return _counts(minutes, lambda minute: minute.failed, "failed")


def slow_counts(minutes: Sequence[Minute]) -> Counts:
    """Count requests that took longer than the manifest wants."""
    return _counts(minutes, lambda minute: minute.slow, "slow")


def _counts(minutes: Sequence[Minute], part: Callable[[RevisionMinute], float | None], word: str) -> Counts:
    blocks = []
    found: dict[str, list[datetime]] = {}
    for minute in minutes:
        problems = [
            f"{name} {problem}"
            for name, counted in ((CANARY, minute.canary), (STABLE, minute.stable))
            if (problem := _problem(counted.requests, part(counted), word))
        ]
        for problem in problems:
            found.setdefault(problem, []).append(minute.at)
        blocks.append(Block() if problems else _block(minute, part))
    return Counts(tuple(blocks), tuple(_left_out(problem, times) for problem, times in found.items()))


def _problem(requests: float | None, part: float | None, word: str) -> str | None:
    """Return what is wrong with the counts of one minute; nothing where nothing was counted."""
    for name, value in (("requests", requests), (f"{word} requests", part)):
        if value is not None and not 0 <= value <= _MOST:
            return f"has {value:g} {name}, which is no number of requests"
    if requests and part is None:
        return f"has requests, but it is unknown how many were {word}" if word == "slow" else _UNKNOWN_FAILED
    if (part or 0) > (requests or 0):
        return f"has more {word} requests than requests"
    return None


_UNKNOWN_FAILED = "has requests, but it is unknown how many failed"


def _block(minute: Minute, part: Callable[[RevisionMinute], float | None]) -> Block:
    """Return whole numbers. A count that was interpolated is rounded against the canary."""
    canary, stable = minute.canary, minute.stable
    requests = math.ceil(canary.requests or 0)
    return Block(
        requests,
        min(math.ceil(part(canary) or 0), requests),
        math.ceil(stable.requests or 0),
        math.floor(part(stable) or 0),
    )


def _left_out(problem: str, times: Sequence[datetime]) -> str:
    more = f" (and {len(times) - 1:,} more)" if len(times) > 1 else ""
    return f"the minute {clock(times[0])}{more} is left out: {problem}"


def clock(at: datetime) -> str:
    """Return a time of day for people."""
    return f"{at:%H:%M} UTC"


def unknown_counts(minutes: Sequence[Minute]) -> Iterator[str]:
    """Return what is missing as a whole: minutes, or all of one revision."""
    if not minutes:
        yield (
            "no minute of the rollout is counted yet: one counts only some time after it has ended, so a longer "
            "max_bake may help"
        )
        return
    for name, requests in (
        (CANARY, [minute.canary.requests for minute in minutes]),
        (STABLE, [minute.stable.requests for minute in minutes]),
    ):
        if all(each is None for each in requests):
            yield f"CloudWatch has no requests of {name}"
    for before, after in pairwise(minutes):
        if after.at - before.at != ONE_MINUTE:
            yield f"the minutes after {clock(before.at)} are not in one row"
            return
