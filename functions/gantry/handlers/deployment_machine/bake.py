"""Bake: lets alarms and people end this step's bake. Nothing answers the task token of a quiet bake."""

from typing import Any

from gantry.handlers import entry
from gantry.observability import logger
from gantry.use_cases.bake import BakeRequest, bake


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: entry.LambdaContext) -> dict[str, Any]:
    """Register the token under each alarm, then look at the alarms once: one may have changed before that.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
        CanaryAbortedError, CanarySteeredError: people want something that has not been heard yet.
    """
    bake(entry.parse(BakeRequest, event), entry.services().in_a_hurry())
    return {}
