"""A target of this kind in its parts: its function, its alias, and the role of its versions."""

from dataclasses import dataclass
from typing import Self

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target

NAME = "lambda"
"""The kind's name in manifests."""


@dataclass(frozen=True, slots=True)
class LambdaTarget:
    """One function and its alias."""

    account: str
    region: str
    function: str
    """The function's name, not its ARN."""
    alias: str
    role: str | None = None
    """The ARN of the versions' execution role. With it, Gantry may create the function and the alias."""
    wake: bool = True
    """Whether a sleeping version may be invoked before a rollback restores it."""
    wake_payload: str = "{}"
    """What it is invoked with, as JSON."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return a target in its parts."""
        function, alias = target.name.split("/")
        wake, payload = target.options.get("wake") != "false", target.options.get("wake_payload", "{}")
        return cls(target.account, target.region, function, alias, target.settings.get("role"), wake, payload)

    def as_target(self) -> Target:
        """Return the target as all other code knows it, with the id `444444444444/us-east-1/cowsay/live`."""
        return Target(
            kind=NAME,
            account=self.account,
            region=self.region,
            name=f"{self.function}/{self.alias}",
            arn=f"{self.function_arn}:{self.alias}",
            settings={"role": self.role} if self.role else {},
            options=self._options(),
        )

    def _options(self) -> dict[str, str]:
        given = {"wake": "false" if not self.wake else None, "wake_payload": self.wake_payload}
        return {name: value for name, value in given.items() if value not in {None, "{}"}}

    @property
    def function_arn(self) -> str:
        """The ARN of the function, without a version or an alias."""
        partition = partition_of(self.region).name
        return f"arn:{partition}:lambda:{self.region}:{self.account}:function:{self.function}"

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.as_target().id
