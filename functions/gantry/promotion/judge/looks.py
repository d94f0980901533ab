"""When a canary is looked at: every minute first and then evenly spaced, so that a deployment has a bounded history."""

from math import ceil, floor

from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, bake_seconds

MINUTE = 60
USUAL_METRICS_DELAY = 120
"""Seconds that counting what has ended takes, where the stack's `MetricsDelay` says nothing else."""
SOONEST = 5
"""Seconds between two looks at least."""
MOST_LOOKS = 240
"""In a deployment, which is watched twice at most: while its traffic shifts, and afterwards."""
MOST_STEPS = 30
"""In a plan."""
_LOOKS_OF_A_STEP, _LAST_LOOKS = 2, 2
"""Besides those at fixed moments: soon after its traffic moved, and when its bake ends; and when the time has ended."""
LOOKS_WHILE_WATCHED = (MOST_LOOKS - _LOOKS_OF_A_STEP * MOST_STEPS - _LAST_LOOKS) // 2
"""At fixed moments, for each of the two times."""
EVERY_MINUTE = 30
"""How many of these are one minute apart, however long it is watched."""


def watch_seconds(plan: Plan, settings: JudgeSettings) -> int:
    """Return how long all steps together are watched at most.

    A judge that only observes never extends a bake.
    """
    baking = bake_seconds(plan)
    if not plan or settings.mode == "observe":
        return baking
    return max(baking, settings.max_bake_seconds)


def longest_watch_seconds(plan: Plan, settings: JudgeSettings) -> int:
    """Return how long all steps together are watched at most, also if people pause the canary.

    That may be longer than otherwise where the judge only observes.
    """
    return max(bake_seconds(plan), settings.max_bake_seconds) if plan else 0


def seconds_to_next_look(watched_seconds: float, total_seconds: int) -> int:
    """Return after how many seconds to look again, 5 at least.

    Looks are at fixed moments, so that a late one, or one at the end of a bake in between, adds none.

    Args:
        watched_seconds: how long it has been watched, from the first traffic on.
        total_seconds: how long it is watched at most, counted from the same moment. The last look is at its end.
    """
    if watched_seconds >= total_seconds:
        return MINUTE
    reached = max(watched_seconds, 0.0) + SOONEST
    return max(SOONEST, ceil(min(_look_after(reached, total_seconds), total_seconds) - watched_seconds))


def most_looks(plan: Plan, settings: JudgeSettings, slow_seconds: int = 0) -> int:
    """Return how often a deployment is looked at, at most.

    Args:
        plan: its steps.
        settings: how it is judged.
        slow_seconds: how much longer its service may take.
    """
    watched = (longest_watch_seconds(plan, settings) + (slow_seconds if plan else 0), settings.bake_after_seconds)
    fixed = sum(min(LOOKS_WHILE_WATCHED, ceil(each / MINUTE)) for each in watched)
    return _LOOKS_OF_A_STEP * len(plan) + fixed + sum(each > 0 for each in watched)


def _look_after(reached: float, total_seconds: int) -> float:
    """Return the first moment of a look after the one that is given, in seconds since it has been watched."""
    minutely = EVERY_MINUTE * MINUTE
    if reached < minutely:
        return MINUTE * (floor(reached / MINUTE) + 1)
    apart = max(MINUTE, (total_seconds - minutely) / (LOOKS_WHILE_WATCHED - EVERY_MINUTE))
    return minutely + apart * (floor((reached - minutely) / apart) + 1)
