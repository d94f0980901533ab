"""What a rollback finds on each target of an environment, before it changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import InvalidRequestError, RolledBackAlreadyError, TargetNotFoundError
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.live_now import version_name
from gantry.promotion.nearest_names import nearest_names
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.rollback import release_to_leave, unrecorded_revision
from gantry.promotion.rollback_request import ReleaseKey, RollbackRequest, is_release
from gantry.promotion.target import Target
from gantry.promotion.traffic import NOWHERE, Routing
from gantry.targets.kind import TargetKind
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side

EXAMPLE = (
    '{"repository": "cowsay", "environment": "prod", "reason": "5xx since 10:00", "started_by": "you@example.com"}, '
    'optionally with one of "tag": "4f0c2d1", "version": "7" and "digest": "sha256:…", and with "target" or "region"; '
    'for an object, instead of the repository, "artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"}'
)
_OF_LEDGER = 5
"""Seconds in which the ledger has to answer."""
_LOOK_THERE = "Look at what it did, and start again if that is not what you want"


@dataclass(frozen=True, slots=True)
class RestoreRequest(StateEntry):
    """What a person asked for, and the execution that does it."""

    service: str
    environment: str
    rollback: RollbackRequest
    seconds: float = 10.0
    """How long it may take before it has to answer, whatever has not answered by then."""
    is_last: bool = False
    """Whether what still sleeps now is restored all the same."""


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A target as the ledger and its routing show it."""

    live: Live
    astray_digest: str | None
    """The digest of the revision that gets traffic although it never was live."""
    routing: str
    """What the target routes to, for people."""
    lease: Lease
    """Of the deployment in flight, or of one that was stopped half-way and left its lease behind."""
    decided: RestorePoint | None
    """What a try before this one has decided already."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.live.target_id


def live_targets(request: RestoreRequest, services: Services) -> tuple[Live, ...]:
    """Return what is live in the environment.

    Raises:
        InvalidRequestError: nothing is; with where it is live, and what would be right.
    """
    everywhere = services.ledger.live(request.service)
    here = tuple(live for live in everywhere if live.environment == request.environment)
    if lives := tuple(live for live in here if request.rollback.concerns(live.target)):
        return lives
    if here:
        wanted = (*request.rollback.targets, *request.rollback.regions)
        there = nearest_names(next(iter(wanted), ""), sorted(live.target_id for live in here))
        raise InvalidRequestError(
            f"{request.service} in {request.environment} has no such target or region. Its targets: {there}"
        )
    known = nearest_names(request.environment, sorted({live.environment for live in everywhere}))
    where = f"it is live in {known}" if known else _other_services(request.service, services)
    raise InvalidRequestError(
        f"Nothing of {request.service} is live in {request.environment}; {where}. A correct input looks like {EXAMPLE}."
    )


def _other_services(service: str, services: Services) -> str:
    live = (each.live_for.service for each in services.leases.all() if each.live_for)
    known = nearest_names(service, sorted(set(live)))
    return f"no service of this name is live anywhere. Live are {known}" if known else "no service is live anywhere yet"


@dataclass(frozen=True, slots=True)
class LeasedTarget:
    """A target as the ledger alone knows it, whether its account and region answer or not."""

    live: Live
    lease: Lease

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.live.target_id


def leased_targets(lives: Sequence[Live], services: Services) -> tuple[LeasedTarget, ...]:
    """Return all targets with their leases: what is rolled back must not depend on which region answers."""
    looked = side_by_side(
        lives, lambda live, _: LeasedTarget(live, services.leases.get(live.target)), within=_OF_LEDGER
    )
    for _, error in looked.errors:
        raise error
    return tuple(looked.done)


def concerned(leased: Sequence[LeasedTarget], request: RestoreRequest) -> tuple[LeasedTarget, ...]:
    """Return the targets that a rollback is for: all, or those that have the release which a promotion takes off.

    A target that another release is on its way to, or that somebody has brought back by now, stays as it is.
    """
    leave = request.rollback.leave
    return tuple(each for each in leased if leave is None or _has(each, leave, request.execution))


def _has(leased: LeasedTarget, leave: ReleaseKey, execution: str) -> bool:
    holder = leased.lease.holder
    if holder and holder.owner == execution:  # a try before this one has begun with it
        return True
    if holder and holder.release:
        return (holder.release.digest, holder.release.manifest_revision) == leave
    return is_release(leased.live.current, leave)


def find_target(leased: LeasedTarget, request: RestoreRequest, services: Services) -> FoundTarget:
    """Look at one target.

    Raises:
        TargetNotFoundError: it takes no traffic any more, or it goes to a revision that does not exist any more.
        RolledBackAlreadyError: another rollback is at it, or was since this one was started.
    """
    live, lease = leased.live, leased.lease
    kind = services.kinds.of(live.target)
    routing = found_routing(kind, live.target)
    if routing is None:
        raise TargetNotFoundError(f"{live.target_id}: there is no such target")
    decided = lease.restore_point if lease.holder and lease.holder.owner == request.execution else None
    if not decided:
        _refuse_second_rollback(lease, live, request, services)
    astray = None if routing is NOWHERE else unrecorded_revision(live, routing)
    digest = kind.digest(live.target, astray) if astray else None
    if astray and digest is None:
        raise TargetNotFoundError(f"{live.target_id}: it routes to version {astray}, which no longer exists")
    return FoundTarget(live, digest, str(routing), lease, decided)


def found_routing(kind: TargetKind, target: Target) -> Routing | None:
    """Return where the traffic goes; NOWHERE if the target was deleted and can be brought back, and otherwise None."""
    found = kind.routing(target)
    if found is not None:
        return found[0]
    return NOWHERE if kind.capabilities.can_bring_back else None


def release_leaving(leased: Sequence[LeasedTarget], found: Sequence[FoundTarget]) -> ReleaseKey:
    """Return the release that is rolled back: in flight or astray, and otherwise what became live last.

    First of all it is what a try before this one has left, or a rollback that has ended and did not record it.

    Args:
        leased: all targets.
        found: those that have answered.
    """
    begun = (each.lease.restore_point.rolled_back for each in leased if each.lease.restore_point)
    if rolled_back := next(filter(None, begun), None):
        return (rolled_back.digest, rolled_back.manifest_revision)
    in_flight = [each.lease.holder for each in leased if each.lease.holder and each.lease.holder.release]
    if not in_flight and (split := next((each for each in found if each.astray_digest), None)):
        return (str(split.astray_digest), None)
    return release_to_leave([each.live for each in leased], in_flight)


def _refuse_second_rollback(lease: Lease, live: Live, request: RestoreRequest, services: Services) -> None:
    """Two people who press at the same moment want one version back, not two."""
    other = lease.holder if lease.holder and lease.holder.release is None else None
    if other and services.executions.is_running(other.owner):
        raise RolledBackAlreadyError(f"{other.owner} is rolling {live.target_id} back already. {_LOOK_THERE}")
    if not request.rollback.is_open:
        return
    last = lease.last_rollback  # a rollback that has given the lease back has left its name there
    if last and last.at >= request.at:
        version = live.known(last.revision) or version_name(last.revision, None)
        message = (
            f"{last.execution} rolled {live.target_id} back to {version} after this rollback was started. {_LOOK_THERE}"
        )
        raise RolledBackAlreadyError(message)
