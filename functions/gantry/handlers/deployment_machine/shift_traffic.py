"""ShiftTraffic: gives the canary its next share of the target's traffic."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.rollout_steps import NextShiftRequest, shift_traffic


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return `shifted_at`, a moment before the canary could have got its first request, and the `weight`.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the traffic since the step before.
        TargetPendingError: the traffic is on its way. Another try looks again.
        TargetSlowError: the same, where the service takes minutes. AwaitShift waits for it.
        TargetFailedError, AlarmRaisedError: a service that takes the steps itself went back, or took another one.
        NotificationError: the traffic is shifted, but the event was not published.
    """
    return entry.payload(shift_traffic(entry.parse(NextShiftRequest, event), entry.services()))
