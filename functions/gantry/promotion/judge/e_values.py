"""E-values of two Bernoulli streams: how strongly one block of requests speaks against an assumption.

The assumption is "the canary's rate is above the stable revision's by `difference` at most", or "at least". For a block
of requests, a bet on two rates is divided by the nearest pair of rates that the assumption allows. The expectation of
that ratio is at most 1 whenever the assumption is true, however many requests each stream had, so products of such
ratios can be looked at as often as one likes: by Ville's inequality, a product reaches 1/alpha with a probability of
alpha at most. Turner, Ly, Grünwald: Generic E-variables for exact sequential k-sample tests that allow for optional
stopping. Journal of Statistical Planning and Inference 230 (2024). https://doi.org/10.1016/j.jspi.2023.106116
"""

import math
from dataclasses import dataclass

_MIDDLE_ROOT = 2 * math.pi / 3
_TINY = 1e-15


@dataclass(frozen=True, slots=True)
class Block:
    """Requests of both revisions in the same minutes, and how many of them failed (or were slow)."""

    canary: int = 0
    canary_failed: int = 0
    stable: int = 0
    stable_failed: int = 0

    def __add__(self, other: "Block") -> "Block":
        """Return the requests of both blocks together."""
        return Block(
            self.canary + other.canary,
            self.canary_failed + other.canary_failed,
            self.stable + other.stable,
            self.stable_failed + other.stable_failed,
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of both revisions, from 0 to 1."""

    canary: float
    stable: float


def nearest_stable_rate(bet: Rates, canary: float, stable: float, difference: float) -> float:
    """Return the stable rate s of the pair (s + difference, s) that is nearest to a bet.

    Nearest is the least canary·KL(bet.canary‖s + difference) + stable·KL(bet.stable‖s). It is on the border of the
    assumption, because the bet is outside. Its derivative is zero where a cubic polynomial is, which has three real
    roots: one below 0, one above 1 - difference, and this one. https://dlmf.nist.gov/1.11#E13
    """
    requests = canary + stable
    gap, border = difference - bet.canary, difference * (1 - difference)
    b = -(canary * (1 - gap) + stable * (1 - 2 * difference + bet.stable)) / requests
    c = -(canary * gap + stable * (border - bet.stable * (1 - 2 * difference))) / requests
    p = c - b * b / 3
    q = 2 * b**3 / 27 - b * c / 3 + stable * bet.stable * border / requests
    radius = math.sqrt(max(-p / 3, _TINY * _TINY))
    angle = math.acos(min(1.0, max(-1.0, 3 * q / (2 * p * radius)))) if p else 0.0
    root = 2 * radius * math.cos(angle / 3 - _MIDDLE_ROOT) - b / 3
    return min(max(root, _TINY), 1 - difference - _TINY)


def log_e_value(block: Block, bet: Rates, difference: float) -> float:
    """Return the logarithm of a block's e-value against the assumption whose border is `difference`.

    The bet must lie outside the assumption, which side that may be, and must not depend on this block's failures.
    """
    stable = nearest_stable_rate(bet, block.canary, block.stable, difference)
    return _log_ratio(block.canary, block.canary_failed, bet.canary, stable + difference) + _log_ratio(
        block.stable, block.stable_failed, bet.stable, stable
    )


def _log_ratio(requests: int, failed: int, bet: float, nearest: float) -> float:
    """Return the logarithm of the ratio of two Bernoulli likelihoods."""
    failures = failed * math.log(bet / nearest) if failed else 0.0
    successes = (requests - failed) * math.log((1 - bet) / (1 - nearest)) if failed < requests else 0.0
    return failures + successes
