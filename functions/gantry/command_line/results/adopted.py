"""What `gantry adopt` says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a finding means for the first promotion."""

    BLOCKS = "blocks"
    """In the way: Gantry would refuse it, or requests would go past it."""
    CHANGES = "changes"
    """What will be otherwise from the first promotion on."""
    CHECK = "check"
    """What a person has to decide or to prepare."""
    STAYS = "stays"
    """What belongs to the infrastructure, and stays as it is."""
    UNKNOWN = "unknown"
    """What could not be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    name: str
    """What it is about, for programs: `alias_split`."""
    level: Level
    environment: str
    target: str | None
    """The target's id, like 444444444444/us-east-1/cowsay/live; None where it is about all of an environment."""
    what: str
    """In whole sentences. A value that looks like a secret is never in it."""
    remedy: str | None = None
    """What to do about it, in whole sentences or as a command; None where there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a manifest would be for functions that exist already."""

    service: str
    """The repository, or `s3/<bucket>/<key>`."""
    manifest: str
    """YAML. It is valid, unless a finding says otherwise."""
    findings: tuple[Finding, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether something is in the way."""
        return any(each.level is Level.BLOCKS for each in self.findings)

    @property
    def is_incomplete(self) -> bool:
        """Whether something could not be looked at."""
        return any(each.level is Level.UNKNOWN for each in self.findings)
