"""How long a deployment takes at most, how many events its history has at most, and how much of both there may be."""

from collections.abc import Mapping
from math import ceil

from gantry.promotion.judge.looks import LOOKS_WHILE_WATCHED, MINUTE, longest_watch_seconds, most_looks
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.steering import MOST_WISHES
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
SLOW_STEP_EVENTS = 62
"""The same where the service takes the steps itself, besides the waits for it: only one of its looks needs retries."""
SERVICE_WAIT_EVENTS = 11
"""Events of one wait for a service that is slow, and of the look after it."""
LOOK_EVENTS = 50
"""Events of one look with all retries: the task that waits for it, the judge, and the question what comes next."""
OTHER_EVENTS = 4_000
"""Events of everything that a deployment does once, with all retries; also of one question to people."""
QUESTION_EVENTS = 1_000
"""Events of one question to people, with all retries, reminders and escalations."""


SOON = 10
"""Seconds until a slow service is looked at again, once something has happened; otherwise it is a minute."""
LONGEST_START = 1_800
"""Seconds that a slow service is given until the traffic of the first step has arrived: it starts the canary first."""
LONGEST_MOVE = 600
"""Seconds that it is given for each further step."""
LONGEST_END = 1_800
"""Seconds that it is given to end the rollout, once the canary has all traffic."""
MOST_ENDED_EARLY = 3
"""How many waits for one step, or for the end, events may end. After that only their time does, so that no storm of
events fills a history. A service that pauses does so twice before the first traffic, and once before each further step.
"""


UNSEEN_WHILE_ASKING = 900
"""Seconds between two looks at such a service while people are asked about its canary, whatever its events say."""


def longest_move(index: int) -> int:
    """Return how many seconds a slow service is given for the traffic of a step."""
    return LONGEST_MOVE if index else LONGEST_START


def longest_completion(plan: Plan, settings: JudgeSettings) -> int:
    """Return how many seconds a slow service is given to end a rollout, which begins there if it has no steps."""
    return LONGEST_END if _moves(plan, settings) else LONGEST_START + LONGEST_END


def service_seconds(plan: Plan, settings: JudgeSettings) -> int:
    """Return how many seconds a slow service is given for a whole rollout."""
    moves = sum(longest_move(index) for index in range(_moves(plan, settings)))
    return moves + longest_completion(plan, settings)


def longest_rollout_seconds(
    plan: Plan, settings: JudgeSettings, hook_seconds: int = 0, *, shifts_itself: bool = False
) -> int:
    """Return how long a deployment takes at most once it has its target.

    Args:
        plan: its steps.
        settings: how it is judged.
        hook_seconds: how long what runs before any traffic may take.
        shifts_itself: whether the service takes the steps itself, which takes minutes.
    """
    return sum(longest_parts(plan, settings, hook_seconds, shifts_itself=shifts_itself).values())


def longest_with_people(
    plan: Plan, settings: JudgeSettings, hook_seconds: int = 0, *, shifts_itself: bool = False
) -> int:
    """Return how long a deployment takes at most, also if people let a canary be watched longer."""
    parts = longest_parts(plan, settings, hook_seconds, shifts_itself=shifts_itself)
    return LONGEST_ROLLOUT if parts["asking people"] else sum(parts.values())


def longest_parts(
    plan: Plan, settings: JudgeSettings, hook_seconds: int = 0, *, shifts_itself: bool = False
) -> Mapping[str, int]:
    """Return what the longest deployment consists of, in seconds, by what people call it."""
    is_watched = bool(plan) or settings.bake_after_seconds > 0
    asks = is_watched and settings.mode == "decide" and settings.on_inconclusive == "ask"
    return {
        "checking before any traffic": hook_seconds,
        "watching the steps": longest_watch_seconds(plan, settings),
        "asking people": ASK_SECONDS if asks else 0,
        "watching afterwards": settings.bake_after_seconds,
        "waiting for the service": service_seconds(plan, settings) if shifts_itself else 0,
        "everything else": _EVERYTHING_ELSE,
    }


def events_of(plan: Plan, settings: JudgeSettings, *, shifts_itself: bool = False) -> int:
    """Return how many events the history of a deployment can have, if every task needs all of its retries."""
    moves, slow = _moves(plan, settings), service_seconds(plan, settings) if shifts_itself else 0
    looks = (most_looks(plan, settings, slow) + MOST_WISHES + 1) * LOOK_EVENTS
    if not shifts_itself:
        return OTHER_EVENTS + moves * STEP_EVENTS + looks
    waits_of_moves = sum(most_waits(longest_move(index)) for index in range(moves))
    waits = waits_of_moves + most_waits(longest_completion(plan, settings))
    return OTHER_EVENTS + moves * SLOW_STEP_EVENTS + waits * SERVICE_WAIT_EVENTS + looks


def most_waits(longest: int) -> int:
    """Return how many waits there are at most in the time that a slow service is given for one thing."""
    ended_by_time = 1 + ceil((longest - SOON) / MINUTE)
    return ended_by_time + 2 * MOST_ENDED_EARLY


def may_ask_again(plan: Plan, settings: JudgeSettings, times: int, *, shifts_itself: bool = False) -> bool:
    """Whether the history has room for one more question, after the canary was watched for `max_bake` once more.

    Args:
        plan: the deployment's steps.
        settings: how it is judged.
        times: how often it has asked already.
        shifts_itself: whether the service takes the steps itself.
    """
    slow = service_seconds(plan, settings) if shifts_itself else 0
    looks = min(LOOKS_WHILE_WATCHED, ceil((settings.max_bake_seconds + bake_seconds(plan) + slow) / MINUTE))
    again = QUESTION_EVENTS + (looks + len(plan)) * LOOK_EVENTS
    return events_of(plan, settings, shifts_itself=shifts_itself) + times * again <= MOST_EVENTS


def _moves(plan: Plan, settings: JudgeSettings) -> int:
    """Return how often the traffic of a watched canary is moved: the time after the last step is one more."""
    return len(plan) + (settings.bake_after_seconds > 0)
