"""A promotion whose end is not known yet."""

from dataclasses import dataclass

from gantry.promotion.release import Release


@dataclass(frozen=True, slots=True)
class RunningPromotion:
    """A promotion that carries a release, and may have ended without being able to say so."""

    execution: str
    """The ARN of its execution."""
    release: Release
    environments: tuple[str, ...]
    """Their names, in order."""
    since: str
    """ISO 8601, UTC."""
