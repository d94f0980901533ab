"""What becomes of an approval whose promotion ends before people have decided, and may go on by a redrive."""

from dataclasses import replace

from gantry.promotion.approval import Approval


def as_it_is(approval: Approval, now: str) -> Approval:
    """Return the approval as it is for a promotion that runs: its deadline still counts. `now` is ISO 8601, UTC."""
    resumed = replace(approval, outcome=None, ended_at=None) if approval.outcome == "stopped" else approval
    return resumed.ended("expired", approval.expires_at) if now >= approval.expires_at else resumed


def stopped(approval: Approval, now: str) -> Approval:
    """Return the approval once its promotion has ended. An outcome that came first stays."""
    return (
        approval.ended("expired", approval.expires_at) if now >= approval.expires_at else approval.ended("stopped", now)
    )
