"""Where a release runs: one alias of one function in one account and region."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """One function and its alias. AWS' commercial partition only, as everywhere in Gantry."""

    account: str
    """12 digits."""
    region: str
    function: str
    """The function's name, not its ARN."""
    alias: str
    role: str | None = None
    """The ARN of the version's execution role; with it, the pipeline may create the function and the alias."""

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people. The role is not part of it."""
        return f"{self.account}/{self.region}/{self.function}/{self.alias}"

    @property
    def function_arn(self) -> str:
        """The function without a qualifier."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}"

    @property
    def alias_arn(self) -> str:
        """The function qualified with the alias."""
        return f"{self.function_arn}:{self.alias}"
