"""What a peer needs for the same: aws-samples/aws-lambda-deploy, measured on this stand-in.

It is not part of this repository, so the bench cannot measure
it again. https://github.com/aws-samples/aws-lambda-deploy
"""

from dataclasses import dataclass

NAME = "aws-lambda-deploy d168e0e"
MEASURED = "November 2026"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one of its deployments took."""

    transitions: int
    invocations: int
    calls: int
    seconds: float
    """Besides waiting."""


DEPLOYMENTS = {3: Deployment(17, 8, 15, 0.44), 10: Deployment(52, 22, 43, 0.53)}
"""By the number of steps."""
LEFT_SPLIT = "still 33 % after 60 s"
"""Stopped at 33 %, its function killed, or refused by CloudWatch."""
WITHOUT_TRAFFIC = "promoted"
EVERY_REQUEST_FAILS = "60.5 s"
