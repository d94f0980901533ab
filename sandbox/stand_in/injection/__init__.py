"""The stand-in's side of `sandbox.stand_in.faults`, `….lambda_faults`, `….ecs_faults` and `….metrics`.

These are not repairs: they restore no behaviour of AWS, and do nothing until a fault is injected. They run before all
repairs.
"""

from sandbox.stand_in.injection import endpoint, functions, invocations, metrics, waiting
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Accept faults, and let them hit invocations and functions."""
    waiting.apply()
    invocations.apply(settings)
    functions.apply()
    metrics.apply()
    endpoint.apply()
