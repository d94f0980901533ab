"""Let the alarms of the manifest end a step's bake."""

from dataclasses import dataclass
from datetime import datetime

from gantry.aws.bakes import Bake, alarm_key
from gantry.observability import logger
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import AlarmRaisedError
from gantry.promotion.judge.alarm_facts import describe
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
class AlarmedWait:
    """A task that waits, and that alarms may end."""

    task_token: str
    since: datetime
    """Since when a change of an alarm counts."""
    seconds: int
    """How long it waits."""
    hears_events: bool = False
    """Whether events of the target end it too."""


def bake(request: BakeRequest, services: Services) -> None:
    """Let the alarms end the bake. Events of the target do not: the judge looks soon enough, and looks are counted.

    Raises:
        LeaseLostError, AlarmRaisedError: as `let_alarms_end` does.
    """
    deployment = request.deployment
    let_alarms_end(request, AlarmedWait(request.task_token, request.rollout_since, request.bake_seconds), services)
    logger.info("baking", target=deployment.target.id, seconds=request.bake_seconds, alarms=deployment.alarms)


def let_alarms_end(state: DeploymentState, wait: AlarmedWait, services: Services) -> None:
    """Register the token under each alarm, then look at the alarms once: one may have changed before that.

    What CloudWatch does not say then, the next look at the canary finds out.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
    """
    deployment, target = state.deployment, state.deployment.target
    expires_at = int(state.entered_at.timestamp()) + wait.seconds + _KEPT_SECONDS
    services.bakes.register(
        [alarm_key(target.account, target.region, name) for name in deployment.alarms],
        Bake(target.id, wait.task_token, state.execution, expires_at),
        target,
        state.fence,
        hears_events=wait.hears_events,
    )
    alarms = services.alarms(target).watch(deployment.alarms, wait.since)
    if alarms.changes:
        raise AlarmRaisedError("; ".join(describe(alarms.changes)))
    if alarms.unknown:
        logger.warning("alarms not known: the next look asks again", target=target.id, reasons=alarms.unknown)
