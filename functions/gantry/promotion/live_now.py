"""What is live on a target, in short, and whose it is."""

from dataclasses import dataclass

from gantry.promotion.source import Source


def version_name(revision: str, tag: str | None, digest: str | None = None) -> str:
    """Return what people call a version: `version 7 (4f0c2d1)`, by its digest where no tag is known."""
    known = tag or digest
    return f"version {revision} ({known})" if known else f"version {revision}"


@dataclass(frozen=True, slots=True)
class LiveNow:
    """What is live on a target, in short: the lease has it, so that one query finds what is live everywhere."""

    revision: str
    digest: str
    since: str
    """ISO 8601, UTC."""
    tag: str | None = None
    manifest_revision: str | None = None
    """None for a revision that was there before Gantry came."""
    source: Source | None = None
    """Where its artifact comes from; None when it is not known."""

    def __str__(self) -> str:
        """For people: `version 7 (4f0c2d1)`."""
        return version_name(self.revision, self.tag, self.digest)


@dataclass(frozen=True, slots=True)
class LiveFor:
    """Whose release is live on a target, and in which of their environments."""

    service: str
    environment: str
