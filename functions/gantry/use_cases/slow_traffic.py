"""Wait for a service that takes minutes to move the traffic. Its events end a wait, and so do the manifest's alarms."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gantry.observability import logger
from gantry.promotion import durations
from gantry.promotion.errors import TargetFailedError
from gantry.promotion.judge.rollout_limits import MOST_ENDED_EARLY, longest_completion, longest_move
from gantry.use_cases.bake import AlarmedWait, let_alarms_end
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class TrafficWait(RolloutState):
    """One wait, after which the state before it looks again."""

    task_token: str
    rollout_since: datetime
    """When the rollout began: an alarm between two waits must not be lost."""
    slow_since: datetime
    """When the first look found that the service was not done."""
    seconds: int
    """How long the task waits."""
    ended_early: int
    """How many waits since then have ended before their time."""


@dataclass(frozen=True, slots=True)
class ShiftWait(TrafficWait):
    """Adds for which step."""

    index: int


def await_shift(request: ShiftWait, services: Services) -> None:
    """Let alarms and events end the wait for the traffic of a step.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        AlarmRaisedError: an alarm has changed to ALARM since the rollout began.
        TargetFailedError: the step takes too long.
    """
    what = f"step {request.index + 1} of the rollout"
    _wait(request, request.index, what, longest_move(request.index), services)


def await_completion(request: TrafficWait, services: Services) -> None:
    """Let alarms and events end the wait for all traffic, and for the end of the rollout.

    Raises:
        LeaseLostError, AlarmRaisedError, TargetFailedError: as `await_shift` does.
    """
    longest = longest_completion(request.deployment.plan, request.deployment.judge)
    _wait(request, len(request.plan), "the end of the rollout", longest, services)


def _wait(request: TrafficWait, index: int, what: str, longest: int, services: Services) -> None:
    target = request.deployment.target
    if request.entered_at - request.slow_since >= timedelta(seconds=longest):
        waited = f"{durations.text(longest)} for {what}, and it has not come"
        raise TargetFailedError(f"{target.id}: the service was given {waited}")
    hears_events = request.ended_early < MOST_ENDED_EARLY
    wait = AlarmedWait(
        request.task_token,
        request.rollout_since,
        request.seconds,
        index,
        "traffic",
        request.slow_since,
        hears_events=hears_events,
    )
    let_alarms_end(request, wait, services)
    logger.info("waiting for the service", target=target.id, what=what, seconds=request.seconds)
