"""Whether a service's traffic is where it should be, or ECS has gone its own way. Nobody is asked."""

from datetime import datetime, timedelta

from gantry.promotion.errors import TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_state import ServiceState

READ_LATE = timedelta(seconds=45)
"""How old a step has to be before a missing note of it counts: tags may be read late, and looks are a minute apart."""


def canary_of(wanted: Routing) -> str:
    """Return the revision that a routing gives traffic to which it may not have had before."""
    return next(iter(wanted.weights), wanted.revision)


def require_kept(found: ServiceState, canary: str, target_id: str) -> None:
    """Return quietly unless ECS has gone back from a canary, or does not say how far it is.

    A deployment to what runs already goes nowhere. A share that is not known is no share of 0: whoever took it for one
    would let ECS go on and on.

    Raises:
        TargetFailedError, AlarmRaisedError: it has gone back, which is never a success, or does not say how far it is.
    """
    newest = found.deployment
    if newest is None or newest.target != canary:
        return
    if newest.target != newest.source and newest.has_turned:
        raise newest.failure(target_id)
    if newest.is_going and newest.weight is None:
        raise TargetFailedError(f"{target_id}: ECS does not say which share of the traffic {canary} has: {newest.arn}")


def has_arrived(found: ServiceState, wanted: Routing, now: datetime, target_id: str) -> bool:
    """Whether a service's traffic is where it should be.

    Raises:
        TargetFailedError: ECS went back from the canary, or took a step that nobody told it to take.
        AlarmRaisedError: it went back because of an alarm.
    """
    require_kept(found, canary_of(wanted), target_id)
    flight = found.in_flight
    if flight and found.is_ahead:
        if now - flight.updated_at > READ_LATE:
            message = f"{target_id}: ECS gave {flight.target} {flight.weight:g} % without waiting to be told"
            raise TargetFailedError(f"{message}, or somebody else has answered its pause: {flight.arn}")
        return False
    return found.routing == wanted and (flight is None or _is_there(flight, wanted))


def _is_there(flight: ServiceDeployment, wanted: Routing) -> bool:
    """Whether a deployment in flight has moved the traffic that far. While tasks are replaced, it is nowhere whole."""
    if not flight.shifts_traffic:
        return False
    if flight.is_returning:
        return flight.weight == 0
    if wanted.weights:
        return flight.status == "IN_PROGRESS"
    return flight.has_everything
