"""What revisions are called."""

import re
from hashlib import sha256

from gantry.promotion.deployment import Deployment

_DIGITS = 12
_OWN = re.compile(r"[0-9a-f]{12}-[0-9a-f]{12}")
_FOREIGN = re.compile(r"version-(?!null$)[A-Za-z0-9._-]{1,1024}")
"""What others have put under the live key. Without versioning, the version `null` is overwritten by the next one."""


def revision_of(deployment: Deployment) -> str:
    """Return the name of the revision that a deployment makes: the same for the same release and environment.

    It is not made of the configuration: names are shown to people, and may not help to guess a secret in there.
    """
    release = f"{deployment.release.id} {deployment.environment}"
    digest = deployment.release.digest.partition(":")[2]
    return f"{digest[:_DIGITS]}-{sha256(release.encode()).hexdigest()[:_DIGITS]}"


def foreign_revision(version: str) -> str:
    """Return what a version is called that others have put under the live key."""
    return f"version-{version}"


def foreign_version(revision: str) -> str | None:
    """Return the S3 version id of such a revision; None for one of Gantry's own."""
    return revision.removeprefix("version-") if _FOREIGN.fullmatch(revision) else None


def is_revision(name: str) -> bool:
    """Whether a revision can be called this."""
    return bool(_OWN.fullmatch(name) or _FOREIGN.fullmatch(name))
