"""Which promotion carries a release, so that events do not promote it twice."""

from dataclasses import dataclass

from gantry.promotion.release import Release


@dataclass(frozen=True, slots=True)
class ReleaseClaim:
    """A promotion's claim on a release."""

    release: Release
    execution: str
    """The ARN of the promotion's execution."""
    at: str
    """When the claim was made; ISO 8601, UTC."""
