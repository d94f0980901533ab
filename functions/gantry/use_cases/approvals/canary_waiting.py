"""Wait until people have decided about a canary. The manifest's alarms end the wait as they end a bake.

A service that takes the steps itself may go on or back meanwhile. So its events end the wait too, and each wait begins
with a look.
"""

from dataclasses import dataclass
from datetime import datetime

from gantry.observability import logger
from gantry.promotion.errors import CanaryDecidedError
from gantry.promotion.judge.rollout_limits import MOST_ENDED_EARLY
from gantry.use_cases.bake import AlarmedWait, let_alarms_end
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.rollout_steps import require_at_step
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class CanaryWaitRequest(RolloutState):
    """A question that people were asked, with the token that an answer or an alarm ends the wait by."""

    index: int
    """The step whose time has ended."""
    task_token: str
    rollout_since: datetime
    """When the rollout began: an alarm between two states must not be lost."""
    asked_at: datetime
    approval_id: str
    seconds: int
    """How long the task waits."""
    ended_early: int
    """How many waits for these people have ended before their time."""


def await_canary_decision(request: CanaryWaitRequest, services: Services) -> None:
    """Leave the token under each alarm and with the question. An alarm counts more than an answer.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the first shift.
        TargetChangedError, TargetFailedError: a service that takes the steps itself took another one.
        CanaryDecidedError: the question has an outcome already.
    """
    shifts_itself = services.kinds.of(request.deployment.target).capabilities.shifts_itself
    hears_events = shifts_itself and request.ended_early < MOST_ENDED_EARLY
    wait = AlarmedWait(
        request.task_token,
        request.rollout_since,
        request.seconds,
        request.index,
        "people",
        request.asked_at,
        is_held=not shifts_itself,
        hears_events=hears_events,
    )
    let_alarms_end(request, wait, services)
    if shifts_itself:
        require_at_step(request, request.index, services)
    if not services.approvals.wait(request.approval_id, request.task_token):
        raise CanaryDecidedError(f"the question {request.approval_id} has an outcome already")
    logger.info("waiting for people", approval=request.approval_id, seconds=request.seconds)
