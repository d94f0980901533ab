"""RollBack: restores the stable revision, before anything else is done about a failure."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.roll_back import roll_back
from gantry.use_cases.rollout_state import RolloutState

entry.at_start(lambda services: (services.leases, services.expect_targets("lambda")), RolloutState)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `revision` that has all traffic again.

    Raises:
        NoPreviousRevisionError: it was the first deployment.
        LeaseLostError: somebody rolled back or repaired the target in the meantime, so that its traffic is theirs.
        TargetChangedError: nothing in this deployment left the target like this; it was not changed.
        TargetPendingError: the traffic is on its way. Another try looks again.
        TargetSlowError: the same, where the service takes minutes.
    """
    return entry.payload(roll_back(entry.parse(RolloutState, event), entry.services()))
