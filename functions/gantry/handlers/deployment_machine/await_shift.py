"""AwaitShift: lets alarms and the service's events end the wait for a step's traffic. Its time ends a quiet one."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.slow_traffic import ShiftWait, await_shift


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Register the token under each alarm and for events of the target, then look at the alarms once.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the rollout began.
        CanaryAbortedError: somebody has taken the canary back.
        TargetFailedError: the step takes too long.
    """
    await_shift(entry.parse(ShiftWait, event), entry.services().in_a_hurry())
    return {}
