"""Sending all traffic to one revision, as a rollback or the repair, which have just taken a target over."""

from collections.abc import Callable

from gantry.promotion.deployment import Holder
from gantry.promotion.errors import TargetChangedError, TargetPendingError
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing, TrafficMove
from gantry.targets.kind import Change, TargetKind
from gantry.use_cases.leasing import require_lease, while_holding
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_changes import require_settled, seize_traffic


def take_traffic_over(
    services: Services, holder: Holder, noted: TrafficMove | None, decide: Callable[[Routing], Routing]
) -> TrafficMove:
    """Send all traffic to the revision that `decide` names, and return the move once it has arrived.

    Seizing writes even what is right already, and every write may send the traffic on its way anew. So a move that has
    not arrived is noted in the lease, and another try only looks, unless somebody has sent the traffic elsewhere since.

    Args:
        services: the adapters.
        holder: the execution that has taken the target over.
        noted: the move that the lease has, from a try before this one.
        decide: returns the routing of one revision, given where the traffic goes.

    Raises:
        LeaseLostError: another execution holds the lease by now.
        TargetNotFoundError: the target takes no traffic.
        TargetChangedError: somebody changes it again and again.
        TargetPendingError: the traffic is on its way. Another try looks again.
    """
    target, kind = holder.target, services.kinds.of(holder.target)
    if noted and _is_on_its_way(kind, target, noted):
        require_lease(services, holder)
        move = noted
    else:
        before = seize_traffic(kind, target, while_holding(services, holder, decide)).before
        move = TrafficMove(before, decide(before).revision)
    try:
        require_settled(kind, target, Change(routing=Routing(move.revision)))
    except TargetPendingError:
        services.leases.change(target, lambda lease: lease.with_move(holder.execution, holder.fence, move))
        raise
    return move


def _is_on_its_way(kind: TargetKind, target: Target, move: TrafficMove) -> bool:
    """Whether the traffic goes where it was sent, or the service itself still moves it there.

    Whatever somebody has begun since, and waits, is replaced by sending it again.
    """
    found = kind.routing(target)
    if found is None or found[0].revision != move.revision:
        return False
    try:
        return not found[0].weights or kind.is_moving(target)
    except TargetChangedError:
        return False
