"""Restore an older revision on each target of an environment, before anything else, and all of them side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.deployment import Holder
from gantry.promotion.errors import (
    RevisionAsleepError,
    TargetConflictError,
    TargetPendingError,
    TargetUnreachableError,
)
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing, TrafficMove
from gantry.use_cases.rollback.choosing import Wish, find_targets
from gantry.use_cases.rollback.found_targets import FoundTarget, RestoreRequest
from gantry.use_cases.rollback.restore_points import restore_point_of
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import InTime, side_by_side
from gantry.use_cases.traffic_takeover import take_traffic_over

PATIENCE = timedelta(seconds=30)
"""For how long a target that does not answer is tried again. Then the others are recorded without it."""
_TO_NOTE = 5
"""Seconds. The ledger alone is asked."""


@dataclass(frozen=True, slots=True)
class RestoredTarget:
    """A target whose traffic is on the older revision again."""

    target_id: str
    fence: int
    restore_point: RestorePoint


@dataclass(frozen=True, slots=True)
class RestoredTargets:
    """What was restored, and the problems of the targets where that failed."""

    restored: tuple[RestoredTarget, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MovedTarget:
    """One target that was restored, as another try has to know it."""

    target: Target
    result: RestoredTarget
    move: TrafficMove

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.target.id


def restore_version(request: RestoreRequest, services: Services) -> RestoredTargets:
    """Restore all targets at once. One target's trouble keeps no other from going back.

    Raises:
        InvalidRequestError: the service or the environment is wrong, or there is no such revision.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        TargetPendingError: the traffic of a target is on its way. Another try looks again.
        TargetUnreachableError: a target did not answer in time. Another try asks it again, for a while.
        RevisionAsleepError: a target's older revision sleeps. It is to be woken, and then this is to be done again.
        RevisionUnusableError: nothing that any target could go back to can run.
        RolledBackAlreadyError: another rollback changed the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: another execution took the only target over before its traffic was changed.
    """
    deadline = Deadline.after(request.seconds)
    looked, wish = find_targets(request, deadline, services)

    def restore(found: FoundTarget, in_time: InTime) -> MovedTarget:
        return restore_one(found, request, wish, services, in_time)

    moved = side_by_side(looked.done, restore, within=deadline.left())
    _ask_for_repair_when_stopped(request, looked.done, services)
    errors = looked.errors + moved.errors
    if again := _another_try(request, errors):
        _note_moves(request, moved.done, services)
        raise again
    if errors and not moved.done:
        raise errors[0][1]
    restored = tuple(each.result for each in moved.done)
    return RestoredTargets(restored, tuple(f"{name}: {type(error).__name__}: {error}" for name, error in errors))


def _another_try(request: RestoreRequest, errors: Sequence[tuple[str, Exception]]) -> Exception | None:
    """Return the error after which another try is worth it, if there is one.

    A sleeping revision comes last, because waking it takes longest.
    """
    is_patient = datetime.now(UTC) - request.entered_at < PATIENCE
    unreachable = [TargetUnreachableError] if is_patient else []
    for kind in (TargetConflictError, TargetPendingError, *unreachable, RevisionAsleepError):
        for target_id, error in errors:
            if isinstance(error, kind):
                return kind(f"{target_id}: {error}") if kind is TargetUnreachableError else error
    return None


def _note_moves(request: RestoreRequest, restored: Sequence[MovedTarget], services: Services) -> None:
    """Another try passes over what is done: it only looks where the lease says that the traffic was moved."""

    def note(each: MovedTarget, in_time: InTime) -> None:
        in_time.require()
        fence = each.result.fence
        services.leases.change(each.target, lambda lease: lease.with_move(request.execution, fence, each.move))

    side_by_side(restored, note, within=_TO_NOTE)


def _ask_for_repair_when_stopped(request: RestoreRequest, found: Sequence[FoundTarget], services: Services) -> None:
    """Somebody may have stopped it before it held the lease: then the repair came too early to see that."""
    if services.executions.is_running(request.execution):
        return
    logger.warning("safely ignored: this rollback was stopped; the repair completes it")
    for each in found:
        services.repairs.ask_for(each.live.target)


def restore_one(
    found: FoundTarget, request: RestoreRequest, wish: Wish, services: Services, in_time: InTime
) -> MovedTarget:
    """Take the lease from whoever holds it, then move the traffic: from then on the other one can change neither."""
    live, target = found.live, found.live.target
    restore_point = found.decided or restore_point_of(found, request, wish, services)
    rollback = Contender(request.execution, live.service, live.environment, request.at, request.at)

    def take(lease: Lease) -> Lease:
        in_time.require()
        if (lease.holder, lease.last_rollback) != (found.lease.holder, found.lease.last_rollback):
            raise TargetConflictError(f"{found.target_id}: the lease changed hands just now, so it is read again")
        return lease.taken_over(rollback, restore_point)

    def back(_: Routing) -> Routing:
        in_time.require()
        return Routing(restore_point.revision)

    lease = services.leases.change(target, take)
    move = take_traffic_over(services, Holder(target, request.execution, lease.fence), lease.move, back)
    logger.warning(
        "version restored", target=target.id, revision=move.revision, previous_routing=restore_point.previous_routing
    )
    return MovedTarget(target, RestoredTarget(target.id, lease.fence, restore_point), move)
