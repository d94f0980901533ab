"""How a rollout is watched after people have decided that it goes on, although too little is known of its canary."""

from dataclasses import dataclass, replace
from datetime import datetime

from gantry.promotion.judge.decision import Watch
from gantry.promotion.judge.moving_time import moving_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import bake_seconds


@dataclass(frozen=True, slots=True)
class PeoplesDecision:
    """What people have decided last about the canary of a rollout."""

    keeps_waiting: bool
    """Whether it is watched for `max_bake` more; otherwise it is promoted anyway."""
    index: int
    """The step whose time was over."""
    at: datetime


def watch_on(
    watch: Watch, settings: JudgeSettings, decision: PeoplesDecision, now: datetime
) -> tuple[Watch, JudgeSettings]:
    """Return how the canary is watched since, and how it is judged.

    The time begins anew: what is left of the plan's bakes, and `max_bake` if people wanted to wait. A canary that they
    promote anyway is not asked about again: what shows harm ends it, and nothing else does.
    """
    total = bake_seconds(watch.plan[decision.index + 1 :])
    if decision.keeps_waiting:
        total += settings.max_bake_seconds
    else:
        settings = replace(settings, on_inconclusive="promote")
    since = max(0.0, (now - decision.at).total_seconds())
    watch = replace(watch, rollout_seconds=since, total_seconds=total)
    moving = moving_seconds(watch, after=decision.index) if watch.slow_seconds else 0.0
    return replace(watch, moving_seconds=moving), settings
