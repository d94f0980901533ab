"""How long a deployment takes at most, how many events its history has at most, and how much of both there may be."""

from collections.abc import Mapping
from math import ceil

from gantry.promotion.judge.looks import LOOKS_WHILE_WATCHED, MINUTE, most_looks, watch_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.traffic import Plan, bake_seconds

LONGEST_ROLLOUT = 24 * 3_600
"""Seconds that a deployment takes at most once it has its target. The next one waits for the target for longer."""
ASK_SECONDS = 8 * 3_600
"""How long people have to say what becomes of a canary of which too little is known."""
_EVERYTHING_ELSE = 3_600
"""Seconds for what is neither watched nor waited for, retries included."""

MOST_EVENTS = 25_000
"""In the history of an execution. One more, and it fails.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
STEP_EVENTS = 216
"""Events of one step, besides its looks, with all retries: an iteration of the Map, ShiftTraffic, and the end. The time
after the last step is an iteration too."""
LOOK_EVENTS = 50
"""Events of one look with all retries: the task that waits for it, the judge, and the question what comes next."""
OTHER_EVENTS = 4_000
"""Events of everything that a deployment does once, with all retries; also of one question to people."""
QUESTION_EVENTS = 1_000
"""Events of one question to people, with all retries, reminders and escalations."""


def longest_rollout_seconds(plan: Plan, settings: JudgeSettings, hook_seconds: int = 0) -> int:
    """Return how long a deployment takes at most once it has its target.

    Args:
        plan: its steps.
        settings: how it is judged.
        hook_seconds: how long what runs before any traffic may take.
    """
    return sum(longest_parts(plan, settings, hook_seconds).values())


def longest_with_people(plan: Plan, settings: JudgeSettings, hook_seconds: int = 0) -> int:
    """Return how long a deployment takes at most, also if people let a canary be watched longer."""
    asks = longest_parts(plan, settings)["asking people"] > 0
    return LONGEST_ROLLOUT if asks else longest_rollout_seconds(plan, settings, hook_seconds)


def longest_parts(plan: Plan, settings: JudgeSettings, hook_seconds: int = 0) -> Mapping[str, int]:
    """Return what the longest deployment consists of, in seconds, by what people call it."""
    is_watched = bool(plan) or settings.bake_after_seconds > 0
    asks = is_watched and settings.mode == "decide" and settings.on_inconclusive == "ask"
    return {
        "checking before any traffic": hook_seconds,
        "watching the steps": watch_seconds(plan, settings),
        "asking people": ASK_SECONDS if asks else 0,
        "watching afterwards": settings.bake_after_seconds,
        "everything else": _EVERYTHING_ELSE,
    }


def events_of(plan: Plan, settings: JudgeSettings) -> int:
    """Return how many events the history of a deployment can have, if every task needs all of its retries."""
    steps = len(plan) + (settings.bake_after_seconds > 0)
    return OTHER_EVENTS + steps * STEP_EVENTS + most_looks(plan, settings) * LOOK_EVENTS


def may_ask_again(plan: Plan, settings: JudgeSettings, times: int) -> bool:
    """Whether the history has room for one more question, after the canary was watched for `max_bake` once more.

    Args:
        plan: the deployment's steps.
        settings: how it is judged.
        times: how often it has asked already.
    """
    looks = min(LOOKS_WHILE_WATCHED, ceil((settings.max_bake_seconds + bake_seconds(plan)) / MINUTE))
    again = QUESTION_EVENTS + (looks + len(plan)) * LOOK_EVENTS
    return events_of(plan, settings) + times * again <= MOST_EVENTS
