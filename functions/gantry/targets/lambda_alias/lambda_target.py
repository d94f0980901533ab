"""A target of this kind in its parts: its function, its alias, and the role of its versions."""

from dataclasses import dataclass
from typing import Self

from gantry.promotion.target import Target

NAME = "lambda"
"""The kind's name in manifests."""


@dataclass(frozen=True, slots=True)
class LambdaTarget:
    """One function and its alias. AWS' commercial partition only, as everywhere in Gantry."""

    account: str
    region: str
    function: str
    """The function's name, not its ARN."""
    alias: str
    role: str | None = None
    """The ARN of the versions' execution role. With it, Gantry may create the function and the alias."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return a target in its parts."""
        function, alias = target.name.split("/")
        return cls(target.account, target.region, function, alias, target.settings.get("role"))

    def as_target(self) -> Target:
        """Return the target as all other code knows it, with the id `444444444444/us-east-1/cowsay/live`."""
        return Target(
            kind=NAME,
            account=self.account,
            region=self.region,
            name=f"{self.function}/{self.alias}",
            arn=f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}:{self.alias}",
            settings={"role": self.role} if self.role else {},
        )

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.as_target().id
