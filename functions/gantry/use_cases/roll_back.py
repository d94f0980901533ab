"""Restore the stable revision of a deployment's target."""

from gantry.observability import logger
from gantry.promotion.errors import NoPreviousRevisionError, TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.kind import Change
from gantry.use_cases.leasing import while_holding
from gantry.use_cases.rollout_state import RolloutState, RoutedRevision
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_changes import change_traffic, require_settled


def roll_back(request: RolloutState, services: Services) -> RoutedRevision:
    """Restore the stable revision, before anything else is done about a failure.

    Raises:
        NoPreviousRevisionError: it was the first deployment.
        LeaseLostError: somebody rolled back or repaired the target in the meantime, so that its traffic is theirs.
        TargetChangedError: nothing in this deployment left the target like this; it was not changed.
        TargetPendingError: the traffic is on its way. Another try looks again.
    """
    target, rollout = request.deployment.target, request.rollout
    if request.found is None:
        raise NoPreviousRevisionError(
            f"{target.id}: this was the target's first deployment, so there is no previous version to restore"
        )
    kind = services.kinds.of(target)

    def back(current: Routing) -> Routing | None:
        """Going back need not wait while the service itself moves the traffic between our revisions.

        Nor where such a change has stopped half-way. Once the traffic is on its way back, another write would only
        start that anew.
        """
        if not rollout.is_between_its_own(current):
            return rollout.change_back(current)
        try:
            if not kind.is_moving(target):
                return rollout.change_back(current)
        except TargetFailedError:
            return Routing(rollout.stable)
        return None if current.revision == rollout.stable else Routing(rollout.stable)

    change_traffic(kind, target, while_holding(services, request.holder, back))
    require_settled(kind, target, Change(routing=Routing(rollout.stable)))
    logger.warning("rolled back", target=target.id, revision=rollout.stable, canary=request.canary)
    return RoutedRevision(rollout.stable)
