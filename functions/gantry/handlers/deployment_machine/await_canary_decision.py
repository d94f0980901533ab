"""AwaitCanaryDecision: lets an answer, or an alarm of the manifest, end the wait for people."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.approvals.canary_waiting import CanaryWaitRequest, await_canary_decision


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Leave the token where an answer and an alarm find it.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
        CanaryAbortedError: somebody has taken the canary back.
        TargetChangedError, TargetFailedError: a service that takes the steps itself took another one.
        CanaryDecidedError: the question has an outcome already.
    """
    await_canary_decision(entry.parse(CanaryWaitRequest, event), entry.services().in_a_hurry())
    return {}
