"""The deployed stack, on which the parts of `Pipeline` work."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.stand_in.process import StandIn


@dataclass
class Stack:
    """The stand-in that the pipeline is deployed on, and the outputs of the pipeline's stack."""

    stand_in: StandIn
    outputs: Mapping[str, str]
