"""Restore an older revision on each target of an environment, before anything else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gantry.observability import logger
from gantry.promotion.deployment import Holder
from gantry.promotion.errors import InvalidRequestError, TargetConflictError, TargetPendingError
from gantry.promotion.history import HistoryEntry
from gantry.promotion.lease import Contender, Lease, RestorePoint, RolledBackRelease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.rollback import ReleaseKey, deployed_revisions, is_release, revision_to_restore
from gantry.promotion.traffic import Routing
from gantry.use_cases.rollback.found_targets import (
    EXAMPLE,
    FoundTarget,
    RestoreRequest,
    find_target,
    live_targets,
    release_leaving,
)
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_takeover import take_traffic_over


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


def restore_version(request: RestoreRequest, services: Services) -> RestoredTargets:
    """Restore target by target. One target's trouble keeps no other from going back.

    Raises:
        InvalidRequestError: the service or the environment is wrong, or there is no such revision.
        TargetConflictError: something happened to a target meanwhile. Another try goes on where this one ended.
        TargetPendingError: the traffic of a target is on its way. Another try looks again.
        RolledBackAlreadyError: another rollback changed the same targets at the same time.
        NoPreviousRevisionError: there is nothing to go back to on any target.
        LeaseLostError: another execution took the only target over before its traffic was changed.
    """
    history = [] if request.rollback.is_open else services.ledger.history(request.service)
    found, errors = _each(live_targets(request, services), lambda live: find_target(live, request, services))
    restored: list[RestoredTarget] = []
    if found:
        leave = release_leaving(found)
        restored, more = _each(found, lambda target: _restore(target, request, leave, history, services))
        errors += more
    _ask_for_repair_when_stopped(request, found, services)
    retried = (error for _, error in errors if isinstance(error, TargetConflictError | TargetPendingError))
    if again := next(retried, None):
        raise again
    if not restored:
        raise errors[0][1]
    return RestoredTargets(tuple(restored), tuple(f"{name}: {type(error).__name__}: {error}" for name, error in errors))


class OnTarget(Protocol):
    """Whatever is about one target."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""


About = TypeVar("About", bound=OnTarget)
Done = TypeVar("Done")


def _each(targets: Iterable[About], do: Callable[[About], Done]) -> tuple[list[Done], list[tuple[str, Exception]]]:
    """What came of each target, and what went wrong with the others."""
    done, errors = [], []
    for each in targets:
        try:
            done.append(do(each))
        except Exception as error:
            logger.exception("not restored", target=each.target_id)
            errors.append((each.target_id, error))
    return done, errors


def _ask_for_repair_when_stopped(request: RestoreRequest, found: Sequence[FoundTarget], services: Services) -> None:
    """Somebody may have stopped it before it held the lease: then the repair came too early to see that."""
    if services.executions.is_running(request.execution):
        return
    logger.warning("safely ignored: this rollback was stopped; the repair completes it")
    for each in found:
        services.repairs.ask_for(each.live.target)


def _restore(
    found: FoundTarget, request: RestoreRequest, leave: ReleaseKey, history: Sequence[HistoryEntry], services: Services
) -> RestoredTarget:
    """Take the lease from whoever holds it, then move the traffic: from then on the other one can change neither."""
    live, target = found.live, found.live.target
    restore_point = found.decided or _restore_point(found, request, leave, history, services)
    rollback = Contender(request.execution, live.service, live.environment, request.at, request.at)

    def take(lease: Lease) -> Lease:
        if lease.holder != found.lease.holder:
            raise TargetConflictError(f"{found.target_id}: the lease changed hands just now, so it is read again")
        return lease.taken_over(rollback, restore_point)

    lease = services.leases.change(target, take)
    holder = Holder(target, request.execution, lease.fence)
    move = take_traffic_over(services, holder, lease.move, lambda _: Routing(restore_point.revision))
    logger.warning(
        "version restored", target=target.id, revision=move.revision, previous_routing=restore_point.previous_routing
    )
    return RestoredTarget(target.id, lease.fence, restore_point)


def _restore_point(
    found: FoundTarget, request: RestoreRequest, leave: ReleaseKey, history: Sequence[HistoryEntry], services: Services
) -> RestorePoint:
    live, is_astray = found.live, found.astray_digest is not None
    deployed = deployed_revisions(history, found.target_id)
    known = revision_to_restore(live, leave, request.rollback, deployed=deployed, is_astray=is_astray)
    revision = known or _unknown_revision(live, request.rollback.revision, services)
    is_live = is_release(live.current, leave) and not is_astray
    return RestorePoint(
        revision=revision.revision,
        digest=revision.digest,
        tag=revision.tag,
        manifest_revision=revision.manifest_revision,
        sequence=revision.sequence,
        rolled_back=RolledBackRelease(*leave, sequence=live.current.sequence if is_live else None),
        previous_routing=found.routing,
        interrupted=_interrupted(found.lease),
    )


def _interrupted(lease: Lease) -> str | None:
    """The deployment that holds the lease, or that an earlier rollback took it from and may not have stopped."""
    if lease.holder and lease.holder.release:
        return lease.holder.owner
    return lease.restore_point.interrupted if lease.restore_point else None


def _unknown_revision(live: Live, revision: str | None, services: Services) -> LiveRevision:
    """A revision that the ledger does not know may still exist."""
    kind = services.kinds.of(live.target)
    digest = kind.digest(live.target, revision) if revision and kind.can_be_revision(revision) else None
    if revision is None or digest is None:
        raise InvalidRequestError(
            f"There is no version {revision} of {live.target_id}. A correct input looks like {EXAMPLE}"
        )
    return LiveRevision(revision, digest, live.current.since)
