"""What is promoted: one artifact with one manifest revision, code and configuration as one unit."""

import re
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.artifact import Artifact

Versioning = Literal["git-sha", "semver"]
Architecture = Literal["x86_64", "arm64"]
"""What a service's artifacts are built for."""

_TAGS: dict[str, re.Pattern[str]] = {
    "git-sha": re.compile(r"[0-9a-f]{7,40}"),
    # https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string without build
    # metadata: a tag cannot hold a plus sign. A leading v is what most people write.
    "semver": re.compile(
        r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
        r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    ),
}
_ATTACHED = re.compile(r"sha256-[0-9a-f]{64}(\.[a-z]+)?")
"""The names that cosign and the OCI referrers' fallback give to attachments: sha256-<digest>, .sig, .att, .sbom."""


@dataclass(frozen=True, slots=True)
class Release:
    """One artifact and one manifest revision."""

    service: str
    """The service's name, which is also the name of its repository."""
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


def reason_to_ignore(tag: str | None, versioning: Versioning) -> str | None:
    """Return why a push with this tag is no release; None when it is one."""
    if not tag:
        return "the push has no tag: it is a part of a multi-architecture image, or an attestation"
    if _ATTACHED.fullmatch(tag):
        return f"the tag {tag} names a signature or an attestation, not an image"
    if not _TAGS[versioning].fullmatch(tag):
        return f"the tag {tag} is no {versioning} tag, and the manifest says versioning: {versioning}"
    return None
