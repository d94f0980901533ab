"""What a manifest says of writing back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["commit", "pull_request"]
"""Whether changes go onto the branch itself, or wait in a pull request for it."""
Access = Literal["commit", "pull_request", "read", "read_pull_requests"]
"""What Gantry's App may do in a repository, for as long as one token lives."""
Format = Literal["tfvars", "tfvars.json", "json", "yaml"]
"""`tfvars.json` is a file that only Gantry writes; the others are people's."""
Fact = Literal["tag", "digest"]
"""What of the live release a key gets."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file, and which of its keys say what is live in an environment."""

    environment: str
    path: str
    """From the repository's root, without a slash in front."""
    format: Format
    keys: Mapping[str, Fact] = field(hash=False)
    """What is written, by the key's path: `versions.cowsay`."""


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Where a service's live releases are written to."""

    repository: str
    """`<owner>/<name>`."""
    branch: str
    mode: Mode
    files: tuple[WrittenFile, ...]

    def files_of(self, environment: str) -> tuple[WrittenFile, ...]:
        """Return the files that say what is live in an environment."""
        return tuple(each for each in self.files if each.environment == environment)
