"""The stand-in's side of `sandbox.stand_in.faults`.

These are no repairs: they restore nothing of AWS, and nothing happens before a fault is injected. They come in front of
all repairs.
"""

from sandbox.stand_in.injection import endpoint, invocations, waiting
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Take faults, and let them hit invocations."""
    waiting.apply()
    invocations.apply(settings)
    endpoint.apply()
