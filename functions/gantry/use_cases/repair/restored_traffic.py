"""Sending the traffic of a target whose holder has ended where it belongs, or to the next older one that can run."""

from collections.abc import Callable
from functools import partial

from gantry.observability import logger
from gantry.promotion.deployment import Holder
from gantry.promotion.errors import RevisionUnusableError
from gantry.promotion.lease import Lease
from gantry.promotion.repair import InterruptedTarget, RoutingRepair
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_takeover import take_traffic_over

DigestOf = Callable[[str], str]


def restore_traffic(
    known: InterruptedTarget, lease: Lease, digest_of: DigestOf, services: Services
) -> tuple[InterruptedTarget, RoutingRepair]:
    """Restore what can run; return what is known of the target with what was restored, and what that changed.

    Raises:
        RevisionUnusableError: nothing that was live before can run.
    """
    release, target = known.holder.release, known.target

    def is_its_own(revision: str) -> bool:
        return release is not None and digest_of(revision) == release.digest

    if not services.kinds.of(target).routing(target):
        return known, RoutingRepair(None, None)
    holder = Holder(target, known.holder.owner, lease.fence)
    while True:
        try:
            decide = partial(known.routing, is_its_own=is_its_own)
            move = take_traffic_over(services, holder, lease.move, decide)
        except RevisionUnusableError as error:
            instead = known.passing_over(str(error)) or known.staying(services.kinds.of(target).routing(target))
            if instead is None:
                raise
            logger.exception("passed over", target=target.id, revision=known.restores)
            known = instead
        else:
            return known, RoutingRepair(move.before, move.revision, known.tag_of(move.revision))
