"""Deployments of a service that somebody else has begun, also in place of a rollout that was on its way."""

from gantry.promotion.errors import TargetChangedError, TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.arrival import canary_of
from gantry.targets.ecs_service.service_deployment import ServiceDeployment
from gantry.targets.ecs_service.service_state import ServiceState


def foreign(found: ServiceDeployment, target_id: str) -> str:
    """Return what to say of a deployment that somebody else has begun in place of a rollout."""
    said = f"{target_id}: somebody else deployed {found.target} in place of a rollout: {found.arn}"
    if not found.is_going or not found.waits_for_us:
        return said
    waits = "It waits at Gantry's pauses, and ECS takes it back when nobody answers"
    return f"{said}. {waits}: continue it at each of them, or stop it and deploy again"


def may_be_replaced(found: ServiceState, wanted: Routing) -> bool:
    """Whether a service that is not where it should be is where a deployment of others has left it.

    What goes where others have sent it is waited for. What was begun, and is not shown yet, the service was told.
    """
    canary, newest = canary_of(wanted), found.deployment
    if newest is None or canary in {newest.target, found.asked_for} or found.is_noted or newest.is_returning:
        return False
    return not newest.is_going or bool(wanted.weights and newest.waits_for_us)


def is_moving(found: ServiceState, target_id: str) -> bool:
    """Whether ECS moves the traffic where others have sent it.

    Raises:
        TargetFailedError, AlarmRaisedError: it goes back, or went back, from a canary of ours, or is stuck.
        TargetChangedError: a deployment of others waits at our pauses, as it was begun with the service's settings.
    """
    newest = found.deployment
    if newest is None:
        return False
    if newest.is_broken:
        raise TargetFailedError(str(newest.failure(target_id)))
    if newest.has_turned and newest.waits_for_us:
        raise newest.failure(target_id)
    if newest.is_going and newest.waits_for_us and not found.is_noted:
        raise TargetChangedError(foreign(newest, target_id))
    return newest.is_in_flight and not newest.waits_for_us
