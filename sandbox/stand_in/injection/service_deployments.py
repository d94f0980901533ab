"""The stand-in's side of `sandbox.stand_in.ecs_faults`."""

from ministack.services import ecs

from sandbox.stand_in.repairs.ecs import pauses
from sandbox.stand_in.repairs.ecs.state import Behaviour, ServiceState, state_of
from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.scope import in_scope


def serve(body: Json) -> Json | None:
    """Do what a test asks for; None if there is no such service."""
    return in_scope(body["account"], body["region"], _serve, body)


def _serve(body: Json) -> Json | None:
    service = ecs._services.get(body["service"])
    if service is None:
        return None
    state = state_of(service["serviceArn"])
    match body["what"]:
        case "behave":
            state.behaviour = Behaviour(**body["behaviour"])
        case "expire":
            return {"pauses": _expire(state)}
    return {}


def _expire(state: ServiceState) -> int:
    newest = state.newest()
    return pauses.expire(newest) if newest is not None else 0
