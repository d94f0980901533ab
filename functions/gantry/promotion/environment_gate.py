"""The gate in front of an environment: of several releases there, people are asked about the newest only."""

from dataclasses import dataclass

from gantry.promotion.approval import Approval


@dataclass(frozen=True, slots=True)
class EnvironmentGate:
    """The newest release that has come to a gate."""

    approval_id: str
    release: str
    """In words."""
    execution: str
    started_at: str
    """When its promotion was started, ISO 8601, UTC."""

    @classmethod
    def of(cls, approval: Approval) -> "EnvironmentGate":
        """With this approval at it."""
        return cls(approval.id, str(approval.release), approval.execution, approval.started_at)

    def is_newer_than(self, other: "EnvironmentGate") -> bool:
        """Whether this one's promotion was started later; of two in the same millisecond one is newer all the same."""
        return (self.started_at, self.execution) > (other.started_at, other.execution)


def keeps_older_out(newer: Approval, now: str, *, is_running: bool, is_quarantined: bool) -> bool:
    """Whether a newer release has come into the environment, or may still, so that an older one has no place there.

    Args:
        newer: its approval.
        now: ISO 8601, UTC.
        is_running: whether its promotion's execution goes on. The question of one that was stopped stays open for ever.
        is_quarantined: whether its digest is in quarantine, because what was approved did not work.
    """
    match newer.status(now):
        case "pending":
            return is_running
        case "approved":
            return not is_quarantined
        case _:
            return False
