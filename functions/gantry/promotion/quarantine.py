"""Quarantine: automation does not promote again what was rolled back, until somebody says why it may."""

from dataclasses import dataclass

from gantry.promotion.visible_text import one_line, quoted_name, shortened

_LONGEST_REASON = 1000
"""Characters in a sentence. The ledger has all of it."""


@dataclass(frozen=True, slots=True)
class QuarantineRelease:
    """Somebody's decision that a digest may be promoted again."""

    at: str
    """When the state that released it was entered; the same on every retry. ISO 8601, UTC."""
    reason: str
    execution: str
    """The ARN of the promotion that was started with it."""
    by: str | None = None
    """Who started that promotion; None when they did not say."""
    is_verified: bool = False
    """Whether a signed call proves who it was."""

    @property
    def who(self) -> str:
        """For people: who released it, and whether that is proved."""
        if not self.by:
            return "somebody who gave no name"
        name = quoted_name(self.by)
        return name if self.is_verified else f"{name} (the name is not verified)"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A digest that was rolled back, and may not be promoted by automation until somebody releases it."""

    service: str
    digest: str
    since: str
    """When the state that recorded the rollback was entered. ISO 8601, UTC."""
    reason: str
    execution: str
    released: QuarantineRelease | None = None
    """None as long as it is in quarantine; so is it when it has been rolled back once more."""
    tag: str | None = None
    """The tag of what was rolled back; None when it is not known, as in those of earlier versions of Gantry."""

    @property
    def is_active(self) -> bool:
        """Whether nobody has released it yet."""
        return self.released is None

    def explain(self) -> str:
        """Say why the digest is not promoted, and what a person can do about it."""
        why = shortened(one_line(self.reason), _LONGEST_REASON).rstrip(".")
        return (
            f"{self.digest} of {self.service} has been quarantined since {self.since}: {why}. "
            "Push a fixed artifact, or release this one by starting a promotion manually with "
            '"release_from_quarantine": "<why it is safe now>"'
        )


def in_force(last: Quarantine | None) -> Quarantine | None:
    """Return the quarantine that a digest is in, given its last one; None when it was released, or never in any."""
    return last if last and last.is_active else None
