"""The sequential test: e-values of blocks, one after the other, that may be looked at after each."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from gantry.promotion.judge.bets import (
    NOT_WORSE_WEIGHTS,
    WORSE_WEIGHTS,
    Guess,
    equal_guesses,
    harmful_rates,
    own_rates,
    stable_guesses,
)
from gantry.promotion.judge.e_values import Block, Rates, log_e_value
from gantry.promotion.judge.settings import MOST_DIFFERENCE

AT_ONCE, LATER = 0.7, 0.01
"""Shares of the money of the test for harm: what is bet from the first block on, and what of the rest joins with each
later block. So harm that begins late is found soon, however good the canary was before."""
_HALVINGS = 12
"""Of the interval in which a bound is looked for: to a few hundredths of a point."""

Test = Callable[[Sequence[Block], float], float]


def not_worse(blocks: Iterable[Block], difference: float) -> float:
    """Return the logarithm of the e-value against "the canary's rate is at least `difference` above the stable one's".

    It is that of the last block. A mixture of two bets with fixed weights: what both win is won by one of them.
    """
    past, equal, own = Block(), math.log(NOT_WORSE_WEIGHTS[0]), math.log(NOT_WORSE_WEIGHTS[1])
    for block in blocks:
        equal += _mixed(
            (guess.weight, log_e_value(block, Rates(guess.rate, guess.rate), difference))
            for guess in equal_guesses(past, block)
        )
        own += _mixed(_own(past, block, guess, difference) for guess in stable_guesses(past, block))
        past += block
    return _log_sum([equal, own])


def _own(past: Block, block: Block, guess: Guess, difference: float) -> tuple[float, float]:
    bet = own_rates(past, guess.rate, difference)
    return guess.weight, log_e_value(block, bet, difference) if bet else 0.0


def worse(blocks: Iterable[Block], difference: float) -> float:
    """Return the logarithm of the greatest e-value so far against "the canary's rate is at most `difference` above".

    The greatest, because harm that was shown stays shown.
    """
    return max(_worse(blocks, difference), default=0.0)


def _worse(blocks: Iterable[Block], difference: float) -> Iterator[float]:
    past, reserve = Block(), math.log(1 - AT_ONCE)
    active = [math.log(AT_ONCE * weight) for weight in WORSE_WEIGHTS]
    for number, block in enumerate(blocks):
        if number:
            joining = reserve + math.log(LATER)
            reserve += math.log(1 - LATER)
            active = [
                _log_sum([money, joining + math.log(weight)])
                for money, weight in zip(active, WORSE_WEIGHTS, strict=True)
            ]
        gains = _harm_gains(past, block, difference)
        active = [money + gain for money, gain in zip(active, gains, strict=True)]
        past += block
        yield _log_sum([reserve, *active])


def _harm_gains(past: Block, block: Block, difference: float) -> list[float]:
    """Return the logarithms of what each bet on harm gains with a block."""
    guesses = list(stable_guesses(past, block))
    rows = [
        [log_e_value(block, bet, difference) if bet else 0.0 for bet in harmful_rates(past, guess.rate, difference)]
        for guess in guesses
    ]
    if len(rows) == 1:
        return rows[0]
    return [_mixed(zip((guess.weight for guess in guesses), column, strict=True)) for column in zip(*rows, strict=True)]


def worse_by_at_least(blocks: Sequence[Block], threshold: float) -> float:
    """Return the greatest difference of the rates that the canary is shown to be above the stable revision, or 0."""
    low, high = 0.0, MOST_DIFFERENCE
    if worse(blocks, low) < threshold:
        return 0.0
    return _border(lambda difference: worse(blocks, difference) < threshold, low, high)[0]


def worse_by_at_most(blocks: Sequence[Block], threshold: float) -> float | None:
    """Return the least difference of the rates that the canary is shown to stay below, or None if none is shown."""
    low, high = 0.0, MOST_DIFFERENCE
    if not_worse(blocks, high) < threshold:
        return None
    return _border(lambda difference: not_worse(blocks, difference) >= threshold, low, high)[1]


def _border(is_above: Callable[[float], bool], low: float, high: float) -> tuple[float, float]:
    """Halve the interval in which a condition becomes true."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return low, high


def _mixed(terms: Iterable[tuple[float, float]]) -> float:
    """Return the logarithm of the weighted sum of powers of e."""
    weighted = [math.log(weight) + gain for weight, gain in terms]
    return weighted[0] if len(weighted) == 1 else _log_sum(weighted)


def _log_sum(logarithms: Sequence[float]) -> float:
    greatest = max(logarithms)
    return greatest + math.log(sum(math.exp(each - greatest) for each in logarithms))
