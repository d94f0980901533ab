"""Changing where a target's traffic goes, so that nobody else's change is overwritten unnoticed."""

from collections.abc import Callable
from dataclasses import dataclass

from gantry.promotion.deployment import Deployment
from gantry.promotion.errors import (
    TargetChangedError,
    TargetConflictError,
    TargetNotFoundError,
    TargetPendingError,
    TargetSlowError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.target import Target
from gantry.promotion.traffic import NOWHERE, Routing
from gantry.targets.kind import Change, TargetKind


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change of the traffic has come to."""

    before: Routing
    """The routing that was read."""
    has_arrived: bool
    """Whether the service has said so. If not, `is_settled` does."""


def change_traffic(
    kind: TargetKind,
    target: Target,
    decide: Callable[[Routing], Routing | None],
    *,
    deployment: Deployment | None = None,
    was_split_by_us: bool = False,
) -> Moved:
    """Read the routing, let `decide` say what it should be (None: it is right already), and write that.

    Nobody can change the routing between the two unnoticed.

    Args:
        kind: the target's.
        target: whose traffic.
        decide: returns the routing to write, given the one that was read.
        deployment: whose rollout this is a step of; None when all traffic goes back.
        was_split_by_us: whether `decide` changes nothing but a split that this deployment has asked for.

    Raises:
        TargetNotFoundError: the target takes no traffic.
        TargetChangedError: somebody else changed it between the reading and the writing; or `decide` raised it.
        TargetPendingError: `decide` raised that, but the service itself is still moving the traffic.
        TargetSlowError: the same, where the service takes minutes and all traffic goes back.
        TargetConflictError: the same, where a service that takes the steps itself does so for somebody else.
    """
    found = kind.routing(target)
    if found is None:
        raise TargetNotFoundError(f"{target.id}: there is no such target")
    current, token = found
    try:
        wanted = decide(current)
    except TargetChangedError as error:
        # It may have finished right after the routing was read; then another try finds it where it belongs.
        if kind.is_moving(target) or kind.routing(target) != found:
            raise _moving(kind, target, current, deployment) from error
        raise
    has_arrived = wanted is not None and kind.route(
        target, wanted, token, deployment=deployment, was_split_by_us=was_split_by_us
    )
    return Moved(current, has_arrived)


def _moving(kind: TargetKind, target: Target, current: Routing, deployment: Deployment | None) -> GantryError:
    """Return what it means that the service is moving the traffic, and not as wanted.

    A service that takes the steps itself moves it alone for somebody else, or has done so between two looks. That is no
    rollout of this deployment, which would then count as begun.
    """
    message = f"{target.id}: the service itself is still moving the traffic; it routes to {current}"
    if deployment is not None and kind.capabilities.shifts_itself:
        return TargetConflictError(message)
    return pending(kind, message)


def seize_traffic(kind: TargetKind, target: Target, decide: Callable[[Routing], Routing]) -> Moved:
    """As `change_traffic`, for an execution that has just taken the target over: writes even what is right already.

    Writing makes every token old, so that a holder that read the routing before and writes it late changes nothing. One
    such write may have been under way and come first; then this is done again. There cannot be more than one: an
    execution runs one task at a time, and a task that begins now finds the lease taken.

    What somebody has deleted is created again, if the kind can bring it back.

    Raises:
        TargetNotFoundError: the target takes no traffic.
        TargetChangedError: somebody changes it again and again.
    """
    if kind.capabilities.can_bring_back and kind.routing(target) is None:
        return Moved(NOWHERE, kind.route(target, decide(NOWHERE), None))
    try:
        return change_traffic(kind, target, decide)
    except TargetChangedError:
        return change_traffic(kind, target, decide)


def require_settled(kind: TargetKind, target: Target, change: Change) -> None:
    """Return quietly when a change is finished; one look.

    Raises:
        TargetPendingError: it is not finished yet.
        TargetSlowError: the same, where the service takes minutes.
        TargetFailedError, AlarmRaisedError: it never will be.
    """
    if not kind.is_settled(target, change):
        what = f"version {change.revision}" if change.revision else f"the traffic to {change.routing}"
        raise pending(kind, f"{target.id}: {what} is not settled yet")


def pending(kind: TargetKind, message: str) -> TargetPendingError:
    """Return the error that lets the definition look again, as often as the kind's service is worth it."""
    return (TargetSlowError if kind.capabilities.shifts_itself else TargetPendingError)(message)
