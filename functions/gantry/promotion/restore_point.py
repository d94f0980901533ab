"""Where a target's traffic belongs if the holder of its lease ends half-way."""

from dataclasses import dataclass

from gantry.promotion.source import Source
from gantry.promotion.visible_text import quoted, quoted_name

ROLLED_BACK_MANUALLY = "RolledBackManually"
"""The error of a deployment that a person's rollback stops."""
ENVIRONMENT_ROLLED_BACK = "EnvironmentRolledBack"
"""The error of a deployment that is stopped because a promotion rolls its environment back."""


@dataclass(frozen=True, slots=True)
class RolledBackRelease:
    """A release that a rollback takes off a target."""

    digest: str
    manifest_revision: str | None = None
    """None when it is not known; then every release of the artifact is meant."""
    sequence: int | None = None
    """The ledger's number of the revision that was live with it, if it got that far."""


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """Where the target's traffic belongs if the lease's holder ends before it could say how it ended.

    For a deployment that is the revision that was stable before; for a rollback, the revision that it restores.
    """

    revision: str
    digest: str
    tag: str | None = None
    manifest_revision: str | None = None
    sequence: int | None = None
    """The ledger's number of the revision that a rollback restores; None when the ledger does not know it."""
    rolled_back: RolledBackRelease | None = None
    """The release that a rollback takes off the target."""
    previous_routing: str | None = None
    """What the target routed to before a rollback, for people."""
    interrupted: str | None = None
    """The execution that a rollback took the lease from, which is to be stopped."""
    started_by: str | None = None
    """Who started a rollback, as they say."""
    why: str | None = None
    """Why, in that person's words."""
    promotion: str | None = None
    """The ARN of the promotion that rolls its environment back; None for a person's rollback."""
    artifact_version: str | None = None
    """The S3 version id of what the revision carries, if that is an object; None when it is not known."""
    source: Source | None = None
    """Where the artifact of what a rollback restores comes from; None when it is not known."""
    notes: tuple[str, ...] = ()
    """What people have to know of the revision that a rollback restores, such as why it is not the one before."""

    @property
    def error(self) -> str:
        """The error of the deployment that the rollback stops, and of what is published about its target."""
        return ENVIRONMENT_ROLLED_BACK if self.promotion else ROLLED_BACK_MANUALLY


def by_whom_and_why(started_by: str | None, why: str | None) -> str:
    """For people, after what was done: ` by “alice@example.com” (“5xx since 10:00”)`; empty when nobody said."""
    by = f" by {quoted_name(started_by)}" if started_by else ""
    return f"{by} ({quoted(why)})" if why else by
