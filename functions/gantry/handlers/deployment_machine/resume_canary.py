"""ResumeCanary: gives a held canary the weight of its step again, once people have decided that the rollout goes on."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.rollout_steps import ShiftRequest, resume_canary


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Return `shifted_at`, when the state was entered, and the `weight` that the canary has now.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError: somebody else changed the traffic since it was shifted last.
        TargetPendingError: the traffic is on its way. Another try looks again.
        TargetSlowError: the same, where the service takes minutes.
        TargetFailedError, AlarmRaisedError: a service that takes the steps itself went back, or took another one.
        NotificationError: the traffic is shifted, but the event was not published.
    """
    return entry.payload(resume_canary(entry.parse(ShiftRequest, event), entry.services()))
