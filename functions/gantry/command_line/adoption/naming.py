"""How people name functions that exist: `cowsay`, `prod=cowsay@prod-profile`, or by an ARN."""

import re
from dataclasses import dataclass
from typing import Self

from gantry.command_line.errors import CommandError, Exit

_GIVEN = re.compile(
    r"((?P<environment>[a-z][a-z0-9-]{0,31})=)?"
    r"(arn:aws(-[a-z]+)*:lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):function:)?"
    r"(?P<function>[a-zA-Z0-9_-]{1,64})(:(?P<alias>[a-zA-Z0-9_-]{1,128}))?"
    r"(@(?P<profile>\S+))?"
)
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,31}")
_REPLICA = re.compile(r"(?P<region>[a-z]{2}(-[a-z]+)+-[0-9])\.")
"""How replicas of Lambda@Edge are called: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-logs.html"""
EDGE = (
    "CloudFront calls a numbered version of a Lambda@Edge function, never an alias, so Gantry cannot move its traffic. "
    "Deploy it with the distribution."
)
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-restrictions.html"""


@dataclass(frozen=True, slots=True)
class GivenFunction:
    """A function as somebody has typed it."""

    environment: str
    function: str
    alias: str
    profile: str | None
    region: str | None

    @classmethod
    def of(cls, text: str, environment: str, alias: str, profile: str | None, region: str | None) -> Self:
        """Return what was typed, completed by the options.

        Raises:
            CommandError: it names no function.
        """
        found = _GIVEN.fullmatch(text)
        if found is None:
            if _REPLICA.match(text.rpartition("=")[2]):
                raise CommandError(f"{text} is a replica of Lambda@Edge. {EDGE}", Exit.USAGE)
            remedy = "Give a name like cowsay, prod=cowsay, prod=cowsay@PROFILE, or an ARN."
            raise CommandError(f"{text} names no Lambda function. {remedy}", Exit.USAGE)
        if not _ENVIRONMENT.fullmatch(environment):
            message = f"{environment} is no environment's name. Give lower-case letters, digits and hyphens, like prod."
            raise CommandError(message, Exit.USAGE)
        return cls(
            found["environment"] or environment,
            found["function"],
            found["alias"] or alias,
            found["profile"] or profile,
            found["region"] or region,
        )
