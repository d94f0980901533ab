"""The states that move a deployment's traffic on: the next share, all of it, and the least while people are asked."""

from collections.abc import Callable
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.errors import TargetChangedError, TargetConflictError
from gantry.promotion.events import traffic_shifted
from gantry.promotion.live_now import version_name
from gantry.promotion.traffic import Rollout, Routing
from gantry.targets.kind import Change
from gantry.use_cases.leasing import require_lease, while_holding
from gantry.use_cases.rollout_state import RolloutState, RoutedRevision
from gantry.use_cases.services import Services
from gantry.use_cases.traffic_changes import change_traffic, pending, require_settled
from gantry.use_cases.wishes import newest_wish

RolloutStep = Callable[[int, Routing], Routing | None]


@dataclass(frozen=True, slots=True)
class ShiftRequest(RolloutState):
    """Adds which step of the plan is to be taken."""

    index: int
    """One past the last step gives the canary all traffic."""


@dataclass(frozen=True, slots=True)
class NextShiftRequest(ShiftRequest):
    """Adds whether the step was begun before."""

    is_slow: bool = False
    """Whether the service had begun the step at an earlier look, and was not done."""


@dataclass(frozen=True, slots=True)
class CompletionRequest(RolloutState):
    """A rollout that is to end with all traffic on the canary."""

    is_slow: bool = False
    """Whether the service had begun that at an earlier look, and was not done."""


@dataclass(frozen=True, slots=True)
class ShiftedTraffic:
    """A canary that has its next weight."""

    shifted_at: str
    """A moment before the canary could have got its first request; a minute later at most where the service is slow."""
    weight: int


def shift_traffic(request: NextShiftRequest, services: Services) -> ShiftedTraffic:
    """Give the canary its next share of the traffic.

    A retry may find the shift done already, so `shifted_at` is when the state was entered: an alarm in between counts.
    Where the service takes minutes, the state is entered anew for each look, and `shifted_at` is when it was entered
    that found the traffic there. So the step is watched for its whole bake.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryAbortedError: somebody has taken the canary back.
        TargetChangedError: somebody else changed the traffic since the step before.
        TargetPendingError: the traffic is on its way. Another try looks again.
        NotificationError: the traffic is shifted, but the event was not published.
    """
    newest_wish(request, services)
    return _shift(request, services, _forward(request.rollout, is_slow=request.is_slow), request.index)


def hold_canary(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    """Give the canary of a step the smallest weight, the first step's, while people are asked.

    Where the service takes the steps itself, the canary keeps its weight: it only ever goes on, or all the way back.

    Raises:
        LeaseLostError, TargetChangedError, TargetPendingError, NotificationError: as `shift_traffic` does.
    """
    if services.kinds.of(request.deployment.target).capabilities.shifts_itself:
        return _stay(request, services)
    return _shift(request, services, request.rollout.hold, 0, moves=request.index > 0)


def resume_canary(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    """Give a held canary the weight of its step again.

    Raises:
        LeaseLostError, CanaryAbortedError, TargetChangedError, TargetPendingError, NotificationError: as
            `shift_traffic` does.
    """
    newest_wish(request, services)
    if services.kinds.of(request.deployment.target).capabilities.shifts_itself:
        return _stay(request, services)
    return _shift(request, services, request.rollout.resume, request.index, moves=request.index > 0)


def _stay(request: ShiftRequest, services: Services) -> ShiftedTraffic:
    require_lease(services, request.holder)
    require_at_step(request, request.index, services)
    return ShiftedTraffic(request.at, request.rollout.weight_at(request.index))


def require_at_step(request: RolloutState, index: int, services: Services) -> None:
    """Return quietly if the traffic is where step `index` put it; one look.

    Raises:
        TargetChangedError: it is not, so somebody else moved it, or the service did so alone.
        TargetFailedError, AlarmRaisedError: the service went back, or took a step that nobody told it to take.
    """
    target, wanted = request.deployment.target, request.rollout.routing_at(index)
    kind = services.kinds.of(target)
    if not kind.is_settled(target, Change(routing=wanted)):
        found = kind.routing(target)
        message = f"{target.id}: step {index + 1} made it route to {wanted}, but it routes to {found and found[0]}"
        raise TargetChangedError(message)


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


def complete_deployment(request: CompletionRequest, services: Services) -> RoutedRevision:
    """Give all traffic to the new revision and leave no weight behind. A first deployment begins to take traffic here.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryAbortedError: somebody has taken the canary back.
        TargetChangedError: somebody else changed the traffic since the last step.
        TargetPendingError: the traffic is on its way, or the rollout has not ended. Another try looks again.
        TargetFailedError, AlarmRaisedError: the service went back itself.
    """
    if request.plan:
        newest_wish(request, services)
    target = request.deployment.target
    kind = services.kinds.of(target)
    if request.found is None and kind.routing(target) is None:
        require_lease(services, request.holder)
        kind.route(target, Routing(request.canary), None)
    last = len(request.plan)
    step = _forward(request.rollout, is_slow=request.is_slow)
    _move(request, services, lambda current: step(last, current), last)
    if not kind.finish(target, request.canary):
        version = version_name(request.canary, request.deployment.release.tag)
        raise pending(kind, f"{target.id}: the rollout to {version} has not ended yet")
    logger.info("all traffic shifted", target=target.id, revision=request.canary)
    return RoutedRevision(request.canary)


def _forward(rollout: Rollout, *, is_slow: bool) -> RolloutStep:
    """Return the step. A slow service that had begun it and is where it was found has gone back, and is left there."""

    def step(index: int, current: Routing) -> Routing | None:
        return None if is_slow and current == rollout.found else rollout.change_at(index, current)

    return step


def _move(request: RolloutState, services: Services, change: Callable[[Routing], Routing | None], index: int) -> None:
    """Change the traffic, and look once whether it has arrived where step `index` wants it.

    A service that takes the steps itself may have gone back meanwhile. Then `is_settled` raises why.
    """
    target, kind = request.deployment.target, services.kinds.of(request.deployment.target)
    wanted = Change(routing=request.rollout.routing_at(index))
    follows_a_step = 0 < index == len(request.plan)  # so it changes nothing but what the last step has left
    try:
        moved = change_traffic(
            kind,
            target,
            while_holding(services, request.holder, change),
            deployment=request.deployment,
            was_split_by_us=follows_a_step,
        )
    except (TargetChangedError, TargetConflictError):
        if kind.capabilities.shifts_itself:
            kind.is_settled(target, wanted)
        raise
    if not moved.has_arrived:
        require_settled(kind, target, wanted)
