"""How fast evidence grows: the best that any sequential test could do with the same requests."""

import math

from gantry.promotion.judge.e_values import Rates, nearest_stable_rate

_LEAST = 1e-9


def growth(rates: Rates, stable_per_canary: float, difference: float) -> float:
    """Return by how much the logarithm of an e-value grows with each request of the canary, on average.

    It is the divergence of the true rates from the nearest ones that the assumption allows. Without one, on the wrong
    side of the border, nothing grows. Wald's bound is the wanted logarithm divided by this.
    https://doi.org/10.1214/aoms/1177731118
    """
    canary, stable = (min(max(rate, _LEAST), 1 - _LEAST) for rate in (rates.canary, rates.stable))
    nearest = nearest_stable_rate(Rates(canary, stable), 1, stable_per_canary, difference)
    return _divergence(canary, nearest + difference) + stable_per_canary * _divergence(stable, nearest)


def _divergence(rate: float, other: float) -> float:
    """Return the Kullback-Leibler divergence of two Bernoulli distributions."""
    return rate * math.log(rate / other) + (1 - rate) * math.log((1 - rate) / (1 - other))
