"""One look at a target that something is live on, compared with the ledger. Nothing is changed."""

from dataclasses import dataclass, replace

from gantry.promotion.drift.comparison import SeenTarget, compare
from gantry.promotion.drift.ignored_drift import IgnoredDrift
from gantry.promotion.drift.remedy import remedy
from gantry.promotion.drift.report import TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.errors import AlarmRaisedError, TargetChangedError, TargetFailedError, TargetNotFoundError
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.needs.need import Need
from gantry.promotion.timestamps import readable
from gantry.promotion.traffic import Routing
from gantry.targets.readiness import Readiness
from gantry.use_cases.drift.need_drift import with_needs
from gantry.use_cases.drift.parameter_drift import NOTHING_EXPECTED, ExpectedParameters, with_parameters
from gantry.use_cases.drift.reference_drift import with_references
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ToCompare:
    """A target and what the ledger says of it."""

    live: Live
    ignored: IgnoredDrift
    parameters: ExpectedParameters = NOTHING_EXPECTED
    needs: tuple[Need, ...] = ()
    """What the release needed that is live there."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.live.target_id

    def unknown(self, reason: str) -> TargetDrift:
        """Return a target that could not be looked at."""
        return TargetDrift.of(self.live, DriftState.UNKNOWN, reason)

    def look(self, services: Services) -> TargetDrift:
        """Compare the target; see `look_at_live`."""
        return look_at_live(self, services)


def look_at_live(wanted: ToCompare, services: Services) -> TargetDrift:
    """Compare one target.

    The lease is read before and, where something differs, after the target. So a deployment that begins or ends
    meanwhile is never taken for somebody else's change.

    Raises:
        TargetAccessError, TargetUnreachableError: it cannot be looked at.
    """
    live, lease = wanted.live, services.leases.get(wanted.live.target)
    if why := _why_not_compared(live, lease):
        return TargetDrift.of(live, DriftState.DEPLOYING, why)
    seen = _seen(live, services)
    differences = compare(live.current, seen, wanted.ignored)
    synced = replace(TargetDrift.of(live, DriftState.SYNCED), differences=differences)
    if not synced.counted:
        found = with_references(with_parameters(synced, live.service, wanted.parameters, services), live, services)
        return with_needs(found, wanted.needs, live, services)
    if services.leases.get(live.target).revision != lease.revision:
        return TargetDrift.of(live, DriftState.DEPLOYING, "A deployment or rollback has begun or ended meanwhile")
    if _is_moving(live, services):
        return TargetDrift.of(live, DriftState.DEPLOYING, "Its own service is still moving the traffic")
    command = remedy(live, can_go_back=_can_go_back(live, seen.routing, services))
    return replace(synced, state=DriftState.OUT_OF_SYNC, command=command)


def _why_not_compared(live: Live, lease: Lease) -> str | None:
    """Return what changes the target, or has since the ledger was read; None when nothing does."""
    if holder := lease.holder:
        what = f"{holder.release} is on its way there" if holder.release else "A rollback is under way there"
        return f"{what}, since {readable(holder.since)}"
    is_other = lease.live_for not in {None, live.live_for} or lease.live_now not in {None, live.in_short}
    return "A release went live there meanwhile" if is_other else None


def _seen(live: Live, services: Services) -> SeenTarget:
    kind, target = services.kinds.of(live.target), live.target
    try:
        found = kind.routing(target)
    except TargetNotFoundError:
        found = None
    if found is None:
        return SeenTarget(None)
    routing, _ = found
    digest, settings = kind.digest(target, routing.revision), kind.settings(target, routing.revision, services.masking)
    return SeenTarget(routing, digest, settings)


def _is_moving(live: Live, services: Services) -> bool:
    """Whether the service moves the traffic by itself. What it has given up, or somebody else has begun, does not."""
    try:
        return services.kinds.of(live.target).is_moving(live.target)
    except (TargetFailedError, AlarmRaisedError, TargetChangedError, TargetNotFoundError):
        return False


def _can_go_back(live: Live, routing: Routing | None, services: Services) -> bool:
    """Whether a rollback can send the traffic to what the ledger calls live."""
    kind, current = services.kinds.of(live.target), live.current
    if routing is None and not kind.capabilities.can_bring_back:
        return False
    state = kind.state(live.target, current.revision)
    return state is not None and state.digest == current.digest and state.readiness is not Readiness.BROKEN
