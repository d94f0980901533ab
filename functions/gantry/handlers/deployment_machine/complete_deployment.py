"""CompleteDeployment: gives all traffic to the new revision and leaves no weight behind."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.rollout_steps import CompletionRequest, complete_deployment


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return the `revision` that has all traffic now.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the traffic since the last step.
        TargetPendingError: the traffic is on its way. Another try looks again.
        TargetSlowError: the same, where the service takes minutes. AwaitCompletion waits for it.
        TargetFailedError, AlarmRaisedError: a service that takes the steps itself went back.
    """
    return entry.payload(complete_deployment(entry.parse(CompletionRequest, event), entry.services()))
