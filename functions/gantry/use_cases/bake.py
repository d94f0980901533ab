"""Let the alarms of the manifest end a step's bake, and end the bakes that an alarm watches."""

from dataclasses import dataclass
from datetime import datetime

from gantry.aws.bakes import Bake, alarm_key
from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import AlarmRaisedError
from gantry.promotion.judge.alarm_facts import AlarmChange, describe
from gantry.use_cases.services import Services

_KEPT_SECONDS = 3600
"""How long a bake's registration outlives the bake before the table's time-to-live removes it."""


@dataclass(frozen=True, slots=True)
class BakeRequest(DeploymentState):
    """A canary that is left alone and watched, with the token that ends the bake."""

    task_token: str
    rollout_since: datetime
    """When the rollout began: an alarm between two steps must not be lost."""
    bake_seconds: int


@dataclass(frozen=True, slots=True)
class EndedBakes:
    """How many bakes an alarm ended."""

    ended: int


def bake(request: BakeRequest, services: Services) -> None:
    """Register the token under each alarm, then look at the alarms once: one may have changed before that.

    What CloudWatch does not say then, the next look at the canary finds out.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
    """
    deployment, target = request.deployment, request.deployment.target
    expires_at = int(request.entered_at.timestamp()) + request.bake_seconds + _KEPT_SECONDS
    services.bakes.register(
        [alarm_key(target.account, target.region, name) for name in deployment.alarms],
        Bake(target.id, request.task_token, request.execution, expires_at),
        target,
        request.fence,
    )
    alarms = services.alarms(target).watch(deployment.alarms, request.rollout_since)
    if alarms.changes:
        raise AlarmRaisedError("; ".join(describe(alarms.changes)))
    if alarms.unknown:
        logger.warning("alarms not known: the next look asks again", target=target.id, reasons=alarms.unknown)
    logger.info("baking", target=target.id, seconds=request.bake_seconds, alarms=deployment.alarms)


def end_bakes(account: str, region: str, change: AlarmChange, services: Services) -> EndedBakes:
    """End every bake that waits under an alarm which has changed to ALARM."""
    ended = 0
    for each in services.bakes.waiting(account, region, change.name):
        if services.executions.fail(each.task_token, "AlarmRaisedError", describe([change])[0]):
            ended += 1
            logger.warning("bake ended by an alarm", alarm=change.name, target=each.target_id)
        else:
            logger.info("safely ignored: that bake has ended already", alarm=change.name, target=each.target_id)
        services.bakes.forget(account, region, change.name, each)
    return EndedBakes(ended)
