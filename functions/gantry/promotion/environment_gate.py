"""The gate in front of an environment: people are asked about the newest release there, and no other."""

from dataclasses import dataclass

from gantry.promotion.approval import Approval


@dataclass(frozen=True, slots=True)
class EnvironmentGate:
    """The newest release that has reached a gate."""

    approval_id: str
    release: str
    """For people."""
    execution: str
    started_at: str
    """When its promotion was started, ISO 8601, UTC."""
    is_configuration_only: bool = False
    """Whether only the configuration changes."""

    @classmethod
    def of(cls, approval: Approval) -> "EnvironmentGate":
        """Return the gate with the release of an approval."""
        return cls(
            approval.id,
            str(approval.release),
            approval.execution,
            approval.started_at,
            approval.release.is_configuration_only,
        )

    def is_newer_than(self, other: "EnvironmentGate") -> bool:
        """Whether this promotion was started later. Of two in the same millisecond, one still counts as newer.

        A change of configuration alone is never newer than an artifact.
        """
        if self.is_configuration_only and not other.is_configuration_only:
            return False
        return (self.started_at, self.execution) > (other.started_at, other.execution)

    def keeps_out(self, other: "EnvironmentGate") -> bool:
        """Whether this promotion was started earlier, but is in the way of a change of configuration while it runs."""
        return other.is_configuration_only and not self.is_configuration_only


def blocks_older(newer: Approval, now: str, *, is_running: bool, is_quarantined: bool) -> bool:
    """Whether a newer release has reached the environment, or still may, so that an older one must not.

    Args:
        newer: the approval of the newer release.
        now: ISO 8601, UTC.
        is_running: whether its promotion's execution is running. The approval of a stopped one may still be open.
        is_quarantined: whether its digest is in quarantine, because it failed after it was approved.
    """
    match newer.status(now):
        case "pending":
            return is_running
        case "approved":
            return not is_quarantined
        case _:
            return False
