"""What is promoted: one artifact with one manifest revision, code and configuration as one unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gantry.promotion.artifact import Artifact
from gantry.promotion.source import Source

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
    source: Source | None = field(default=None, compare=False)
    """Where it comes from, as its labels say; None where they do not. Only for people, so it makes no other release."""
    configuration_of: Mapping[str, str] | None = field(default=None, hash=False)
    """Of a change of configuration alone: by environment, the tag or digest of what runs there and goes on running.

    None where the artifact is promoted. The machine carries one release for each environment, with that one only. That
    of the promotion itself has all of them, and the artifact of the last one.
    """

    def __str__(self) -> str:
        """For people: `cowsay 4f0c2d1`, or with the digest where there is no tag; and whether it is the artifact."""
        if self.configuration_of is None:
            return f"{self.service} {self.tag or self.digest}"
        if self.is_of_one_artifact:
            return f"{self.service} {self.tag or self.digest} (configuration only)"
        each = ", ".join(f"{name}: {artifact}" for name, artifact in self.configuration_of.items())
        return f"{self.service} (configuration only; {each})"

    @property
    def is_configuration_only(self) -> bool:
        """Whether each environment keeps the artifact that is live there."""
        return self.configuration_of is not None

    @property
    def is_of_one_artifact(self) -> bool:
        """Whether it is for one artifact, wherever it goes."""
        return self.configuration_of is None or len(set(self.configuration_of.values())) == 1

    @property
    def digest(self) -> str:
        """The artifact's digest."""
        return self.artifact.digest

    @property
    def id(self) -> str:
        """The same for the same code with the same configuration."""
        return f"{self.digest}@{self.manifest_revision}"
