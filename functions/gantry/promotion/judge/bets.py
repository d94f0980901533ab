"""What to bet on before a block's failures are known: pairs of rates, from what the blocks before have shown.

The e-values hold whatever the bets are. Good bets make verdicts quick: those here were tuned with `make bench-judge`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gantry.promotion.judge.e_values import Block, Rates

PRIOR_FAILED, PRIOR_REQUESTS = 0.25, 250.0
"""What is taken to be known of a rate before the first request."""
SPREAD = math.sqrt(10)
"""Ratio of neighbouring guesses before the first failure. More failures bring them together."""
GUESSES = ((-1, 0.1), (0, 0.33), (1, 0.05), (2, 0.45), (3, 0.07))
"""How far a guess is from the estimate, and its weight before it is known how well it fits the past."""
LEAST_WEIGHT = 1e-9
NEWS = 0.05
"""A block with more requests than this share of those before is a surprise: one guess would be too bold."""
LEAST, MOST = 1e-5, 0.9
SHRINK = 20.0
"""Requests for which the canary is taken to be like the stable revision."""
MOST_CANARY = 1 - 1e-4

NOT_WORSE_WEIGHTS = (0.9, 0.1)
"""Of the bets that both have one rate, and that each has its own."""
WORSE_WEIGHTS = (0.2, 0.15, 0.1, 0.15, 0.4)
"""Of the canary's own rate so far, and of four guesses from little harm to total failure."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A rate, and how much of the money is on it."""

    weight: float
    rate: float


def equal_guesses(past: Block, block: Block) -> Iterator[Guess]:
    """Guess one rate for both revisions."""
    failed, requests = past.canary_failed + past.stable_failed, past.canary + past.stable
    return _guesses(failed, requests, block.canary + block.stable)


def stable_guesses(past: Block, block: Block) -> Iterator[Guess]:
    """Guess the stable revision's rate."""
    return _guesses(past.stable_failed, past.stable, block.stable)


def _guesses(failed: int, requests: int, expected: int) -> Iterator[Guess]:
    estimate = (failed + PRIOR_FAILED) / (requests + PRIOR_REQUESTS)
    if expected <= NEWS * requests:
        yield Guess(1.0, min(max(estimate, LEAST), MOST))
        return
    step = math.log(SPREAD) * math.sqrt(PRIOR_FAILED / (failed + PRIOR_FAILED))
    rates = [min(max(estimate * math.exp(distance * step), LEAST), MOST) for distance, _ in GUESSES]
    seen = [failed * math.log(rate) + (requests - failed) * math.log1p(-rate) for rate in rates]
    weights = [
        max(weight * math.exp(each - max(seen)), LEAST_WEIGHT) for (_, weight), each in zip(GUESSES, seen, strict=True)
    ]
    for weight, rate in zip(weights, rates, strict=True):
        yield Guess(weight / sum(weights), rate)


def own_rates(past: Block, stable: float, difference: float) -> Rates | None:
    """Return each revision's own rate, or None when that is no bet on "not worse"."""
    canary = (past.canary_failed + SHRINK * stable) / (past.canary + SHRINK)
    return Rates(canary, stable) if canary < stable + difference else None


def harmful_rates(past: Block, stable: float, difference: float) -> Iterator[Rates | None]:
    """Return the bets on harm in the order of their weights; None where one is no bet on it."""
    stable = min(stable, 0.95 * (1 - difference))
    border = stable + difference
    own = (past.canary_failed + 0.5 * (border + difference) + 0.5) / (past.canary + 1.5)
    for canary in (own, border + 0.7 * difference, border + 0.06, border + 0.25, 0.98):
        bet = min(canary, MOST_CANARY)
        yield Rates(bet, stable) if bet > border else None
