"""An approval: what is asked, of whom, until when, and what became of it."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from promotion.release import Release

Status = Literal["pending", "approved", "rejected", "expired"]
Decision = Literal["approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One question to some people about one release and one environment."""

    id: str
    environment: str
    release: Release
    approvers: tuple[str, ...]
    execution: str
    """The ARN of the promotion's execution."""
    requested_at: str
    """ISO 8601, UTC; so is `expires_at`."""
    expires_at: str
    live: str | None = None
    """What is live there at the time of asking, in words; None for a first deployment."""
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    reason: str | None = None

    def status(self, now: str) -> Status:
        """What a person who opens the link at `now` (ISO 8601, UTC) should be told."""
        if self.decision:
            return self.decision
        return "expired" if now >= self.expires_at else "pending"


def link_key(link: str) -> str:
    """What the ledger stores of a link: whoever reads the ledger cannot approve with it."""
    return hashlib.sha256(link.encode()).hexdigest()


def approval_id(execution: str, environment: str) -> str:
    """The same when the request is made twice, so that a retry replaces the approval instead of asking for a second."""
    return hashlib.sha256(f"{execution}/{environment}".encode()).hexdigest()[:32]
