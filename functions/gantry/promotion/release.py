"""What is promoted: one image digest with one manifest revision, code and configuration as one unit."""

import re
from dataclasses import dataclass
from typing import Literal

Versioning = Literal["git-sha", "semver"]
Architecture = Literal["x86_64", "arm64"]
"""What a service's functions run on, in Lambda's words."""

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
"""How cosign and the OCI referrers' fallback name what they attach to an image: sha256-<digest>, .sig, .att, .sbom."""


@dataclass(frozen=True, slots=True)
class Release:
    """One image digest and one manifest revision."""

    service: str
    """The repository's name."""
    image_digest: str
    """The digest that Lambda runs: `sha256:` and 64 hex digits. Of an image index, the child's."""
    manifest_revision: str
    """The S3 version id of the manifest."""
    tag: str | None = None
    """The tag it was pushed or named with; a name for people."""

    def __str__(self) -> str:
        """For people: `cowsay 4f0c2d1`, or with the digest where there is no tag."""
        return f"{self.service} {self.tag or self.image_digest}"

    @property
    def id(self) -> str:
        """The same for the same code with the same configuration."""
        return f"{self.image_digest}@{self.manifest_revision}"

    def image_uri(self, registry_account: str, region: str) -> str:
        """The image by its digest. Lambda pulls from the registry of its own region only."""
        return f"{registry_account}.dkr.ecr.{region}.amazonaws.com/{self.service}@{self.image_digest}"


def reason_to_ignore(tag: str | None, versioning: Versioning) -> str | None:
    """Why a push under this tag is no release, or None when it is one."""
    if not tag:
        return "the push has no tag: it is a part of a multi-architecture image, or an attestation"
    if _ATTACHED.fullmatch(tag):
        return f"the tag {tag} names a signature or an attestation, not an image"
    if not _TAGS[versioning].fullmatch(tag):
        return f"the tag {tag} is no {versioning} tag, and the manifest says versioning: {versioning}"
    return None
