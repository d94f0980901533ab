"""What the promotion machine needs to know about an approval."""

from dataclasses import dataclass

from gantry.aws import ledger_keys as keys
from gantry.promotion.approval import Approval
from gantry.promotion.approval_outcome import OutcomeFacts, outcome_facts
from gantry.use_cases.approvals.clock import now


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """The outcome of an approval, or for how long to wait for it."""

    key: keys.Key
    """Where the machine leaves its task token."""
    decision: OutcomeFacts | None
    """None while there is no outcome."""
    seconds: int
    """How long to wait until something is due."""


def state_of(approval: Approval) -> ApprovalState:
    """Return the state of an approval."""
    return ApprovalState(keys.approval(approval.id), outcome_facts(approval), approval.seconds_to_wait(now()))
