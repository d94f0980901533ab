"""Decide by its tag alone whether a push may be a release. What was pushed is judged when the artifact is resolved."""

import re
from dataclasses import dataclass
from typing import Literal

from gantry.promotion import tag_pattern

Scheme = Literal["git-sha", "semver", "pattern"]


@dataclass(frozen=True, slots=True)
class Versioning:
    """Which tags a service's releases have."""

    scheme: Scheme
    prereleases: bool = True
    """Whether `semver` takes pre-releases like 1.4.0-rc.1."""
    pattern: str | None = None
    """The pattern of the scheme `pattern`, as the manifest has it."""


# A commit's hash, also as docker/metadata-action writes it: https://github.com/docker/metadata-action#typesha
_HASH = re.compile(r"(sha-)?[0-9a-f]{7,40}")
_ZEROS = re.compile(r"(sha-)?0+")
"""How Git and CI servers say "no commit"."""
_TIME = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d*|1[4-9]\d{8}(\d{3})?")
"""What has hex digits and is no hash: a date, with or without a time or a number behind it, and a Unix time of 2014 to
2033, in seconds or milliseconds. Few hashes look like that: of those with 8 digits one in 60,000 is like a date, and of
those with 10 digits one in 2,000 like a Unix time."""
# https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string without build metadata: a
# tag cannot hold a plus sign. A leading v is what most people write.
_SEMVER = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?P<prerelease>-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
)
_ATTACHED = re.compile(r"sha256-[0-9a-f]{64}(\.[a-z]+)?")
"""The names that cosign and the OCI referrers' fallback give to attachments: sha256-<digest>, .sig, .att, .sbom."""
# The architectures that images are built for (https://go.dev/doc/install/source#environment), their other names
# (https://github.com/containerd/platforms/blob/main/database.go), and variants like arm64-v8. A bare 386 is a number.
_PLATFORM = re.compile(
    r"((^|[-_.]|linux|windows)(amd64|x86[-_]64|x64|x86|i[3-6]86|arm|arm32|arm64|aarch64|armv[5-8]l?|armhf|armel"
    r"|ppc64le|ppc64el|s390x|riscv64|loong64|mips64le)|(linux|windows)[-_.]?386)([-_.]?v[1-9])?\Z",
    re.IGNORECASE,
)


def reason_to_ignore(tag: str | None, versioning: Versioning) -> str | None:
    """Return why a push with this tag is no release; None when it may be one."""
    if not tag:
        return "the push has no tag: it is a part of a multi-architecture image, or an attestation"
    if _ATTACHED.fullmatch(tag):
        return f"the tag {tag} names a signature or an attestation, not an image"
    if _PLATFORM.search(tag):
        return f"the tag {tag} names a platform, so it is a part of a multi-architecture image, not a release"
    match versioning.scheme:
        case "git-sha":
            return _no_commit(tag)
        case "semver":
            return _no_version(tag, versioning.prereleases)
        case "pattern":
            return _no_match(tag, versioning.pattern or "")


def _no_commit(tag: str) -> str | None:
    if not _HASH.fullmatch(tag):
        return f"the tag {tag} is no git-sha tag, and the manifest says versioning: git-sha"
    if _ZEROS.fullmatch(tag):
        return f"the tag {tag} is no commit's hash: it has only zeros"
    if _TIME.fullmatch(tag):
        return f"the tag {tag} is a date or a time, no commit's hash; if it is a hash, push it as sha-{tag}"
    return None


def _no_version(tag: str, prereleases: bool) -> str | None:
    found = _SEMVER.fullmatch(tag)
    if not found:
        return f"the tag {tag} is no semver tag, and the manifest says versioning: semver"
    if found["prerelease"] and not prereleases:
        return f"the tag {tag} is a pre-release, and the manifest says prereleases: false"
    return None


def _no_match(tag: str, pattern: str) -> str | None:
    if not tag_pattern.read(pattern).matches(tag):
        return f"the tag {tag} does not match {pattern}, the pattern of the manifest's versioning"
    return None
