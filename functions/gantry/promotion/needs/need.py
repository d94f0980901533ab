"""One thing that has to be there before a release comes to an environment. Its value is no secret."""

from dataclasses import dataclass

DEFAULT_WITHIN = 86_400
"""Seconds that a promotion waits for all of an environment's needs when the manifest does not say."""
LONGEST_WITHIN = 3 * 86_400
MOST_NEEDS = 10
"""Of one environment. The session that looks at them names each, and STS bounds its policy."""


@dataclass(frozen=True, slots=True)
class Need:
    """A parameter of Parameter Store, or an output of a CloudFormation stack, in each target's account and region."""

    parameter: str | None = None
    """Its name; None for an output."""
    stack: str | None = None
    output: str | None = None
    at_least: int | None = None
    """Its value is to be a whole number, and no smaller one."""
    equals: str | None = None
    """Its value is to be this text. With neither, it only has to be there."""
    owner: str | None = None
    """Who can bring it, for people."""

    @property
    def name(self) -> str:
        """What is needed, without its value: `parameter /infra/prod/revision`."""
        return f"parameter {self.parameter}" if self.parameter else f"output {self.output} of stack {self.stack}"

    def __str__(self) -> str:
        """What is needed: `parameter /infra/prod/revision at least 12`."""
        if self.at_least is not None:
            return f"{self.name} at least {self.at_least}"
        return self.name if self.equals is None else f"{self.name} equal to “{self.equals}”"
