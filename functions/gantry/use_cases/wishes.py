"""What people want of a deployment's canary, asked before the canary goes on."""

from gantry.promotion.errors import CanaryAbortedError
from gantry.promotion.steering import Action, Wish
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.services import Services


def newest_wish(request: RolloutState, services: Services) -> Wish | None:
    """Return the newest wish about a deployment's canary; None when nobody has steered it.

    Raises:
        CanaryAbortedError: somebody has taken it back.
    """
    wish = services.steerings.of(request.deployment.target.id, request.execution)
    if wish and wish.action is Action.ABORT:
        raise CanaryAbortedError(wish.cause)
    return wish
