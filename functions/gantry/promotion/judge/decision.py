"""What becomes of a step after a look at its canary."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import ceil

from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError
from gantry.promotion.judge.looks import longest_watch_seconds, seconds_to_next_look, watch_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.verdict import Health, Judgement
from gantry.promotion.traffic import Plan, bake_seconds


class Decision(StrEnum):
    """What the machine does next."""

    ADVANCE = "advance"
    """The step is done."""
    KEEP_BAKING = "keep_baking"
    ASK = "ask"
    """Too little is known, and the time has ended: people decide."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How far a rollout has come when its canary is looked at."""

    plan: Plan
    index: int
    """The step; one past the last one is the time after the canary has got all traffic."""
    step_seconds: float
    """Since the step's traffic was shifted."""
    rollout_seconds: float
    """Since the first shift, or since people have decided that the rollout goes on."""
    total_seconds: int | None = None
    """How long the rollout is watched at most, counted from the same moment; None for as long as the manifest says."""
    slow_seconds: int = 0
    """How much longer it may take because its service takes minutes: looks are spread over that, too."""
    moving_seconds: float = 0
    """How much of the rollout's time the service needed to move the traffic, when nothing was watched."""
    is_paused: bool = False
    """Whether somebody holds it on this step."""
    is_advanced: bool = False
    """Whether somebody has cut the step's bake short. What has to be shown of the canary stays the same."""

    @property
    def watched_seconds(self) -> float:
        """How much of the rollout's time it was watched."""
        return self.rollout_seconds - self.moving_seconds

    @property
    def is_last_step(self) -> bool:
        """Whether all traffic comes next."""
        return self.index == len(self.plan) - 1

    @property
    def is_complete(self) -> bool:
        """Whether the canary has all traffic already."""
        return self.index == len(self.plan)

    def bake_seconds_left(self, settings: JudgeSettings) -> float:
        """Return how long the step's own bake still lasts; 0 or less when it is over."""
        if self.is_advanced:
            return 0
        own = settings.bake_after_seconds if self.is_complete else self.plan[self.index].bake_seconds
        return own - self.step_seconds

    def extension_seconds_left(self, settings: JudgeSettings) -> float:
        """Return how long the step can be watched yet, with what the steps after it leave of the rollout's time."""
        after = bake_seconds(self.plan[self.index + 1 :])
        return self.total(settings) - after - self.watched_seconds

    def can_have_been_asked_about(self, settings: JudgeSettings) -> bool:
        """Whether the rollout has lasted so long that a step's time can have ended. The first step's ends first."""
        return self.watched_seconds >= self.total(settings) - bake_seconds(self.plan[1:])

    def total(self, settings: JudgeSettings) -> int:
        """Return how long the rollout is watched at most."""
        if self.total_seconds is not None:
            return self.total_seconds
        return (longest_watch_seconds if self.is_paused else watch_seconds)(self.plan, settings)


def of_this_step(
    judgement: Judgement, complete_until: datetime | None, shifted_at: datetime, *, is_advanced: bool = False
) -> Judgement:
    """Return the judgement, which is no health while nothing of the step's own traffic is counted.

    A step may be shorter than it takes until its first minute counts. What was seen at a smaller weight does not show
    how the canary does at this one.

    Args:
        judgement: on the whole rollout.
        complete_until: what began before is counted; None when nothing is.
        shifted_at: when the step's traffic was shifted.
        is_advanced: whether somebody has cut its bake short. Then it is not enough what was seen at a smaller weight.
    """
    if complete_until is not None and complete_until > shifted_at:
        return judgement
    if is_advanced:
        judgement = replace(judgement, is_seen_enough=False)
    if judgement.verdict is not Health.HEALTHY:
        return judgement
    why = "nothing of this step's own traffic is counted yet, so a longer bake or max_bake may help"
    return replace(judgement, verdict=Health.INCONCLUSIVE, reasons=(why, *judgement.reasons))


def decide(judgement: Judgement, settings: JudgeSettings, watch: Watch, *, has_alarm: bool) -> Decision:
    """Decide what becomes of a step. An alarm that changed to ALARM counts, also where the judge only observes.

    Raises:
        CanaryUnhealthyError: harm is shown.
        CanaryInconclusiveError: too little is known, the time has ended, and nobody is to be asked.
    """
    why = "; ".join(judgement.reasons)
    if has_alarm or (judgement.verdict is Health.UNHEALTHY and settings.mode == "decide"):
        raise CanaryUnhealthyError(why)
    if watch.is_paused:
        return _decide_on_paused(why, settings, watch)
    is_shown = judgement.verdict is Health.HEALTHY
    if watch.bake_seconds_left(settings) > 0:
        may_end_early = settings.advance_early and is_shown and settings.mode == "decide" and not watch.is_complete
        return Decision.ADVANCE if may_end_early else Decision.KEEP_BAKING
    needs_all = watch.is_last_step or settings.every_step
    if settings.mode == "observe" or watch.is_complete or (is_shown if needs_all else judgement.is_seen_enough):
        return Decision.ADVANCE
    if watch.extension_seconds_left(settings) > 0:
        return Decision.KEEP_BAKING
    if settings.on_inconclusive == "roll_back":
        raise CanaryInconclusiveError(why)
    return Decision.ASK if settings.on_inconclusive == "ask" else Decision.ADVANCE


def _decide_on_paused(why: str, settings: JudgeSettings, watch: Watch) -> Decision:
    """Decide about a canary that somebody holds: without them it never goes on."""
    if max(watch.bake_seconds_left(settings), watch.extension_seconds_left(settings)) > 0:
        return Decision.KEEP_BAKING
    if settings.mode == "decide" and settings.on_inconclusive == "ask":
        return Decision.ASK
    raise CanaryInconclusiveError(f"it was paused, and nobody resumed it before its time was over; {why}")


def seconds_to_look(settings: JudgeSettings, watch: Watch) -> int:
    """Return after how many seconds the canary is to be looked at again: at the end of the bake at the latest."""
    if watch.is_complete:
        due = seconds_to_next_look(watch.step_seconds, settings.bake_after_seconds)
    else:
        due = seconds_to_next_look(watch.rollout_seconds, watch.total(settings) + watch.slow_seconds)
    left = watch.bake_seconds_left(settings)
    if left <= 0:
        left = watch.extension_seconds_left(settings)
    return max(1, min(due, ceil(left)))
