"""Let the alarms of the manifest end a step's bake."""

from dataclasses import dataclass
from datetime import datetime

from gantry.aws.bakes import Bake, alarm_key
from gantry.aws.board_items import to_canary_item
from gantry.observability import logger
from gantry.promotion.board.progress import CanaryWait, LastLook, progress
from gantry.promotion.errors import AlarmRaisedError
from gantry.promotion.judge.alarm_facts import describe
from gantry.promotion.steering import Heard
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.services import Services

_KEPT_SECONDS = 3600
"""How long a bake's registration outlives the bake before the table's time-to-live removes it."""


@dataclass(frozen=True, slots=True)
class BakeRequest(RolloutState):
    """A canary that is left alone and watched, with the token that ends the bake."""

    index: int
    """The step; one past the last one once the canary has all traffic."""
    shifted_at: datetime
    task_token: str
    rollout_since: datetime
    """When the rollout began: an alarm between two steps must not be lost."""
    bake_seconds: int
    last_look: LastLook | None
    """None before the step's first look."""
    wishes: int = 0
    """How many wishes of people have been heard on this step."""


@dataclass(frozen=True, slots=True)
class AlarmedWait:
    """A task that waits with a canary, and that alarms may end."""

    task_token: str
    rollout_since: datetime
    """Since when a change of an alarm counts."""
    seconds: int
    """How long it waits."""
    index: int
    """The step."""
    waits_for: str
    """`bake`, `traffic` or `people`."""
    since: datetime
    """When the traffic had arrived; while it moves, when that began."""
    last_look: LastLook | None = None
    is_held: bool = False
    """Whether the canary has the first step's weight meanwhile."""
    hears_events: bool = False
    """Whether events of the target end it too."""
    wishes: int | None = None
    """How many wishes of people have been heard; None where only an abort ends the wait."""


def bake(request: BakeRequest, services: Services) -> None:
    """Let the alarms end the bake. Events of the target do not: the judge looks soon enough, and looks are counted.

    Raises:
        LeaseLostError, AlarmRaisedError, CanaryAbortedError, CanarySteeredError: as `let_alarms_end` does.
    """
    deployment = request.deployment
    wait = AlarmedWait(
        request.task_token,
        request.rollout_since,
        request.bake_seconds,
        request.index,
        "bake",
        request.shifted_at,
        request.last_look,
        wishes=request.wishes,
    )
    let_alarms_end(request, wait, services)
    logger.info("baking", target=deployment.target.id, seconds=request.bake_seconds, alarms=deployment.alarms)


def let_alarms_end(state: RolloutState, wait: AlarmedWait, services: Services) -> None:
    """Register the token under each alarm, then look at the alarms once: one may have changed before that.

    The same write keeps how far the canary is, for people. What CloudWatch does not say then, the next look at the
    canary finds out.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
        CanaryAbortedError, CanarySteeredError: people want something that has not been heard yet.
    """
    deployment, target = state.deployment, state.deployment.target
    expires_at = int(state.entered_at.timestamp()) + wait.seconds + _KEPT_SECONDS
    services.bakes.register(
        [alarm_key(target.account, target.region, name) for name in deployment.alarms],
        Bake(target.id, wait.task_token, state.execution, expires_at),
        target,
        state.fence,
        to_canary_item(progress(_waiting(state, wait))),
        hears_events=wait.hears_events,
        heard=None if wait.wishes is None else Heard(wait.wishes, wait.index),
    )
    alarms = services.alarms(target).watch(deployment.alarms, wait.rollout_since)
    if alarms.changes:
        raise AlarmRaisedError("; ".join(describe(alarms.changes)))
    if alarms.unknown:
        logger.warning("alarms not known: the next look asks again", target=target.id, reasons=alarms.unknown)


def _waiting(state: RolloutState, wait: AlarmedWait) -> CanaryWait:
    return CanaryWait(
        state.deployment,
        state.execution,
        state.rollout,
        wait.index,
        wait.waits_for,
        wait.since,
        wait.rollout_since,
        wait.last_look,
        is_held=wait.is_held,
        wishes=wait.wishes or 0,
    )
