"""Quarantine: what was rolled back is not promoted again by automation until somebody says why it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuarantineRelease:
    """That somebody released a digest from quarantine."""

    at: str
    """When the state that released it was entered; the same on every retry. ISO 8601, UTC."""
    reason: str
    execution: str
    """The ARN of the promotion that was started with it."""
    by: str | None = None
    """Who started that promotion, as they said; None when they did not."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A digest that was rolled back, and may not be promoted by automation until somebody releases it."""

    service: str
    image_digest: str
    since: str
    """When the state that recorded the rollback was entered. ISO 8601, UTC."""
    reason: str
    execution: str
    released: QuarantineRelease | None = None
    """None as long as it is in quarantine; so is it when it has been rolled back once more."""

    @property
    def is_active(self) -> bool:
        """Whether nobody has released it yet."""
        return self.released is None

    def explain(self) -> str:
        """Why the digest is not promoted, and what a person can do about it."""
        return (
            f"{self.image_digest} of {self.service} is in quarantine since {self.since}: {self.reason.rstrip('.')}. "
            "Push a mended image, or release this one by starting a promotion by hand with "
            '"release_from_quarantine": "<why it is safe now>"'
        )


def in_force(last: Quarantine | None) -> Quarantine | None:
    """The quarantine that a digest is in, given its last one; None when it was released from it, or never in any."""
    return last if last and last.is_active else None
