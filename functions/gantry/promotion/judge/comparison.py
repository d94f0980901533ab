"""The canary's requests beside the stable revision's: what the sequential test has shown of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.judge.blocks import blocks
from gantry.promotion.judge.e_values import Block, Rates
from gantry.promotion.judge.growth import growth
from gantry.promotion.judge.sequential_test import not_worse, worse, worse_by_at_least, worse_by_at_most
from gantry.promotion.judge.settings import JudgeSettings

HEALTH_CAUTION = 0.9
"""The share of `missed_bad_rate` that is used. Where hardly anything fails, a test comes so near to what it promises
that counting its errors in thousands of rollouts would give more than that half of the times."""
_LEAST_GROWTH = 1e-6

Stream = Literal["failed", "slow"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of bad request, on both revisions. Differences are of rates from 0 to 1."""

    stream: Stream
    total: Block
    tolerated: float
    log_e_worse: float
    """The greatest so far, because harm that was shown stays shown."""
    log_e_not_worse: float
    """Of now, because a canary that was good may have become bad."""
    is_worse: bool
    """It is shown that the canary is worse than is tolerated."""
    is_not_worse: bool
    """It is shown that the canary is not worse than is tolerated."""
    at_least: float
    """The canary is worse by at least this."""
    at_most: float | None
    """And by at most this; None when not even that much is known."""
    missing: int | None
    """Requests of the canary that would decide, if the rates stay as they are; None when no number would."""


def compare(stream: Stream, minutes: Sequence[Block], settings: JudgeSettings, streams: int) -> Comparison:
    """Compare both revisions.

    Args:
        stream: what is counted.
        minutes: the counts of every minute since the canary's first traffic.
        settings: how much is tolerated, and how often the verdict may be wrong.
        streams: how many are compared. Any of them may show harm, so they share the rate of false alarms; to be
            healthy, all have to be "not worse", which needs no correction.
    """
    complete = tuple(blocks(minutes))
    tolerated = settings.tolerated_difference
    harm_at = math.log(100 * streams / settings.false_alarm_rate)
    health_at = math.log(100 / (settings.missed_bad_rate * HEALTH_CAUTION))
    harm, health = worse(complete, tolerated), not_worse(complete, tolerated)
    total = sum(minutes, Block())
    at_least, at_most = worse_by_at_least(complete, harm_at), worse_by_at_most(complete, health_at)
    if harm >= harm_at:  # a bound is searched for, and may miss what is shown already
        at_least = max(at_least, tolerated)
    if health >= health_at:
        at_most = tolerated if at_most is None else min(at_most, tolerated)
    return Comparison(
        stream,
        total,
        tolerated,
        harm,
        health,
        harm >= harm_at,
        health >= health_at,
        at_least,
        at_most,
        _missing(total, tolerated, harm_at - harm, health_at - health),
    )


def _missing(total: Block, tolerated: float, until_harm: float, until_health: float) -> int | None:
    """Return how many more requests of the canary would decide. Half a failure more, so that no rate is 0."""
    if not total.canary or not total.stable:
        return None
    stable = (total.stable_failed + 0.5) / (total.stable + 1)
    canary = (total.canary_failed + stable) / (total.canary + 1)
    speed = growth(Rates(canary, stable), total.stable / total.canary, tolerated)
    wanted = until_harm if canary > stable + tolerated else until_health
    return math.ceil(max(wanted, 0) / speed) if speed > _LEAST_GROWTH else None
