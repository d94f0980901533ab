"""What somebody wants of the canaries of an environment, and what is kept of it for each."""

from dataclasses import dataclass

from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.steering import Action, Wish


@dataclass(frozen=True, slots=True)
class SteeringRequest:
    """What somebody wants."""

    action: Action
    service: str
    environment: str
    target_id: str | None
    """Only the canary of this target; None for all of the environment."""
    by: str
    """The caller's ARN."""
    at: str
    """ISO 8601, UTC."""
    reason: str | None
    step: int | None = None
    """The step that they have seen, from 1 on; None if they mean whichever it is at."""


def wish_of(request: SteeringRequest, progress: CanaryProgress, newest: Wish | None) -> Wish:
    """Return what somebody wants of a canary, as the ledger keeps it."""
    return Wish(
        request.action,
        newest.number + 1 if newest else 1,
        progress.execution,
        progress.step - 1,
        request.by,
        request.at,
        request.reason,
    )


def entry_of(request: SteeringRequest, wish: Wish, progress: CanaryProgress) -> HistoryEntry:
    """Return its place in the history."""
    facts = {
        "action": wish.action,
        "by": wish.by,
        "reason": wish.reason,
        "canary": progress.canary,
        "step": progress.step,
        "weight": progress.weight,
        "wish": wish.number,
    }
    return HistoryEntry(
        request.service,
        wish.at,
        HistoryKind.CANARY_STEERED,
        wish.execution,
        request.environment,
        progress.target_id,
        facts,
    )
