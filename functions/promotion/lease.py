"""The right to change one target: held by one deployment at a time."""

from dataclasses import dataclass

from promotion.release import Release


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may change a target, and for which release."""

    target_id: str
    owner: str
    """The ARN of the deployment's execution."""
    environment: str
    release: Release
    acquired_at: str
    """When the deployment entered the state that acquires it; ISO 8601, UTC."""
