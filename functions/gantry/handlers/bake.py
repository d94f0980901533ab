"""Bake: lets the alarms of the manifest end this step's bake. Nothing answers the task token of a quiet bake."""

from datetime import datetime
from typing import Any

from gantry.aws.accounts import Accounts
from gantry.aws.alarms import Alarms
from gantry.aws.bakes import Bake, Bakes, alarm_key
from gantry.handlers.observability import logger
from gantry.handlers.requests import HolderRequest, LambdaContext
from gantry.promotion.errors import AlarmRaisedError
from gantry.promotion.verdict import describe

_KEPT_SECONDS = 3600
"""How long a bake's registration outlives the bake before the table's time-to-live removes it."""


class BakeRequest(HolderRequest):
    """Adds the token that ends the bake, and the step it belongs to."""

    task_token: str
    rollout_since: datetime
    """When the walk along the plan began: an alarm between two steps must not be lost."""
    bake_seconds: int


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Register the token under each alarm, then look at the alarms once: one may have changed before that.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
    """
    request = BakeRequest.model_validate(event)
    deployment, target = request.deployment, request.deployment.target
    expires_at = int(request.entered_at.timestamp()) + request.bake_seconds + _KEPT_SECONDS
    Bakes.from_env().register(
        [alarm_key(target.account, target.region, name) for name in deployment.alarms],
        Bake(target.id, request.task_token, request.execution, expires_at),
        target,
        request.fence,
    )
    alarms = Alarms.of(target, Accounts.from_env().session(target))
    if changes := alarms.changes(deployment.alarms, request.rollout_since):
        raise AlarmRaisedError("; ".join(describe(changes)))
    logger.info("baking", alias=target.id, seconds=request.bake_seconds, alarms=deployment.alarms)
    return {}
