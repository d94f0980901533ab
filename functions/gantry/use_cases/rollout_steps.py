"""The states that move a deployment's traffic: the next share, all of it, and back."""

from collections.abc import Callable
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import NoPreviousRevisionError, TargetFailedError
from gantry.promotion.events import traffic_shifted
from gantry.promotion.traffic import Rollout, Routing, Step
from gantry.targets.kind import Change
from gantry.use_cases.leasing import require_lease, while_holding
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_changes import change_traffic, require_settled

RolloutStep = Callable[[int, Routing], Routing | None]


@dataclass(frozen=True, slots=True)
class RolloutState(DeploymentState):
    """A deployment that changes what its target routes to."""

    found: Routing | None
    """What the target routed to before the deployment; None on a first deployment."""
    canary: str
    plan: tuple[Step, ...]

    @property
    def rollout(self) -> Rollout:
        """The steps that this deployment takes."""
        return Rollout(self.found or Routing(self.canary), self.canary, self.plan)


@dataclass(frozen=True, slots=True)
class ShiftRequest(RolloutState):
    """Adds which step of the plan is to be taken."""

    index: int
    """One past the last step gives the canary all traffic."""


@dataclass(frozen=True, slots=True)
class ShiftedTraffic:
    """A canary that has its next weight."""

    shifted_at: str
    """A moment before the canary could have got its first request."""
    weight: int


@dataclass(frozen=True, slots=True)
class RoutedRevision:
    """The revision that has all traffic now."""

    revision: str


def shift_traffic(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    """Give the canary its next share of the traffic.

    A retry may find the shift done already, so `shifted_at` is when the state was entered: an alarm in between counts.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the traffic since the step before.
        TargetPendingError: the traffic is on its way. Another try looks again.
        NotificationError: the traffic is shifted, but the event was not published.
    """
    return _shift(request, services, request.rollout.change_at, request.index)


def hold_canary(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    """Give the canary of a step the smallest weight, the first step's, while people are asked.

    Raises:
        LeaseLostError, TargetChangedError, TargetPendingError, NotificationError: as `shift_traffic` does.
    """
    return _shift(request, services, request.rollout.hold, 0, moves=request.index > 0)


def resume_canary(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    """Give a held canary the weight of its step again.

    Raises:
        LeaseLostError, TargetChangedError, TargetPendingError, NotificationError: as `shift_traffic` does.
    """
    return _shift(request, services, request.rollout.resume, request.index, moves=request.index > 0)


def _shift(
    request: ShiftRequest, services: Services, step: RolloutStep, to: int, *, moves: bool = True
) -> ShiftedTraffic:
    """Take a step that gives the canary the weight of step `to`, and announce it if it moves any traffic."""
    weight = request.rollout.weight_at(to)
    _move(request, services, lambda current: step(request.index, current), to)
    logger.info("traffic shifted", target=request.deployment.target.id, canary=request.canary, weight=weight)
    if moves:
        services.events.publish(traffic_shifted(request, request.rollout, to))
    return ShiftedTraffic(request.at, weight)


def complete_deployment(request: RolloutState, services: Services) -> RoutedRevision:
    """Give all traffic to the new revision and leave no weight behind. A first deployment begins to take traffic here.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the traffic since the last step.
        TargetPendingError: the traffic is on its way. Another try looks again.
    """
    target = request.deployment.target
    kind = services.kinds.of(target)
    if request.found is None and kind.routing(target) is None:
        require_lease(services, request.holder)
        kind.route(target, Routing(request.canary), None)
    last = len(request.plan)
    _move(request, services, lambda current: request.rollout.change_at(last, current), last)
    logger.info("all traffic shifted", target=target.id, revision=request.canary)
    return RoutedRevision(request.canary)


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
        """While the service itself moves the traffic between our revisions, going back need not wait for that.

        Nor if it has given up half-way. Once it is on its way back, another write would only begin anew.
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


def _move(request: RolloutState, services: Services, change: Callable[[Routing], Routing | None], index: int) -> None:
    """Change the traffic, and look once whether it has arrived where step `index` wants it."""
    target, kind = request.deployment.target, services.kinds.of(request.deployment.target)
    change_traffic(kind, target, while_holding(services, request.holder, change))
    require_settled(kind, target, Change(routing=request.rollout.routing_at(index)))
