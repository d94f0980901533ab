"""InspectTarget: what the target routes to now, and whether this release may go there at all.

It is the first state that holds the lease, and notes there where the traffic belongs if the deployment ends half-way.
"""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.use_cases.inspect_target import inspect_target


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return `found` (revision and weights) and `stable` (revision and digest); both None on a first deployment.

    Raises:
        QuarantinedError: the digest was rolled back while the deployment waited for its turn.
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetNotFoundError: the target does not exist, and may not be created.
        IncompatibleTargetError: the target cannot take this release, or not by this plan.
        TargetPendingError: the service itself is still moving the traffic of the deployment before.
        TargetSlowError: the same, where the service takes minutes.
        DraftChangedError: the approvers did not see what the release would take from the target.
        AlarmNotFoundError: an alarm of the manifest does not exist.
        UnknownTargetKindError: this version of Gantry does not know the target's kind.
    """
    return entry.payload(inspect_target(entry.parse(DeploymentState, event), entry.services()))
