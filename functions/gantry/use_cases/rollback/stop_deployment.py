"""Stop the deployments that held the lease of a restored target."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.deployment import StateEntry
from gantry.use_cases.rollback.restore_version import RestoredTarget
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class StopRequest(StateEntry):
    """A rollback that has restored its targets."""

    restored: tuple[RestoredTarget, ...]


@dataclass(frozen=True, slots=True)
class StoppedExecutions:
    """The ARNs of the executions that were stopped. One that has ended by now is among them."""

    stopped: tuple[str, ...]


def stop_deployment(request: StopRequest, services: Services) -> StoppedExecutions:
    """Stop what each restored target's rollback has interrupted."""
    stopped = []
    for each in request.restored:
        if execution := each.restore_point.interrupted:
            cause = f"{request.execution} rolled {each.target_id} back"
            services.executions.stop(execution, each.restore_point.error, cause)
            logger.warning("deployment stopped", target=each.target_id, execution=execution)
            stopped.append(execution)
    return StoppedExecutions(tuple(stopped))
