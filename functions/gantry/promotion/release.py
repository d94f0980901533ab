"""What is promoted: one artifact with one manifest revision, code and configuration as one unit."""

from dataclasses import dataclass
from typing import Literal

from gantry.promotion.artifact import Artifact

TAG_PATTERN = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"
"""What a tag may be. ECR refuses others in a call, and people see an object's tag like an image's:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull"""
Architecture = Literal["x86_64", "arm64"]
"""What a service's artifacts are built for."""


@dataclass(frozen=True, slots=True)
class Release:
    """One artifact and one manifest revision."""

    service: str
    """The service's name, as `service_name` makes it."""
    artifact: Artifact
    manifest_revision: str
    """The S3 version id of the manifest."""
    tag: str | None = None
    """The tag that it was pushed or requested with; a name for people."""

    def __str__(self) -> str:
        """For people: `cowsay 4f0c2d1`, or with the digest where there is no tag."""
        return f"{self.service} {self.tag or self.digest}"

    @property
    def digest(self) -> str:
        """The artifact's digest."""
        return self.artifact.digest

    @property
    def id(self) -> str:
        """The same for the same code with the same configuration."""
        return f"{self.digest}@{self.manifest_revision}"
