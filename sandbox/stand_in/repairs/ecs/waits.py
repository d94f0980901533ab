"""How a deployment waits: until something ends it."""

import time

from sandbox.stand_in.repairs.ecs import monitors
from sandbox.stand_in.repairs.ecs.monitors import RollbackError, StoppedError
from sandbox.stand_in.repairs.ecs.state import Rollout

LOOK_AGAIN_SECONDS = 0.03


class DeletedError(Exception):
    """The service has been deleted."""


def rest(rollout: Rollout, seconds: float) -> None:
    """Wait. Raises RollbackError, StoppedError or DeletedError if the deployment does not go on."""
    end = time.monotonic() + seconds
    while True:
        check(rollout)
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, LOOK_AGAIN_SECONDS))


def check(rollout: Rollout) -> None:
    """Raise what ends the deployment, if anything does."""
    if rollout.asked == "DELETE":
        raise DeletedError
    if rollout.asked == "STOP":
        raise StoppedError("Service deployment stopped because a new service deployment was started.")
    if rollout.asked == "ROLLBACK":
        raise RollbackError("Service deployment rolled back because of a request to stop it.")
    monitors.check_alarms(rollout)


def shift_seconds(rollout: Rollout) -> float:
    """Return how long moving the traffic takes."""
    slowly = rollout.state.behaviour.shift_seconds
    return rollout.moment if slowly is None else slowly


def back_seconds(rollout: Rollout) -> float:
    """Return how long moving it back takes."""
    slowly = rollout.state.behaviour.back_seconds
    return rollout.moment if slowly is None else slowly


def moment(rollout: Rollout) -> None:
    """Let ECS do something."""
    rest(rollout, rollout.moment)
