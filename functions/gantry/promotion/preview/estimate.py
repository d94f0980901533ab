"""How long an environment takes once nobody has to be asked any more: all bakes, and what is usually waited for."""

from collections.abc import Container
from dataclasses import dataclass
from math import ceil

from gantry.promotion.judge.expected_time import time_to_verdict
from gantry.promotion.judge.looks import MINUTE, watch_seconds
from gantry.promotion.judge.rollout_limits import longest_parts
from gantry.promotion.manifest.content import Environment
from gantry.promotion.traffic import bake_seconds

_REST = 60
"""Seconds of a wave for all that is neither baked nor waited for. On the stand-in it is a few; on AWS nobody knows."""
_SLOW_START, _SLOW_MOVE, _SLOW_END = 240, 60, 180
"""Seconds that a service usually needs that takes the steps itself: for its first traffic, each further step, the end.
An assumption: docs/unverified.md has the check. What it is given at most is in `rollout_limits`."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the time of a deployment depends on, beside the manifest."""

    shifts_itself: bool = False
    """Whether the service of any target takes the steps itself, which takes minutes."""
    late_seconds: int = 0
    """How late evidence is."""
    requests_per_second: float | None = None
    """Last week's on the quietest target; None when they are not known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long an environment takes, after its approval where people are asked."""

    bake_seconds: int
    """The bakes of all waves, as the manifest has them."""
    usual_seconds: int
    """The same, with the evidence that a verdict needs by last week's traffic, and with the usual waits."""
    longest_seconds: int
    """If evidence comes slowly, and checks take all their time; unless something has to be tried again."""
    check_seconds: int = 0
    """How much of the longest is for checks before any traffic, of which nobody knows how long they take usually."""
    canary_question_seconds: int = 0
    """How long people may be asked about each canary of which too little is known; 0 where they never are."""

    def __str__(self) -> str:
        """For people: `about 16 min, 2 h 5 min at most`."""
        checks = f", without checks, which may take {in_words(self.check_seconds)}" if self.check_seconds else ""
        asking = (
            f", and {in_words(self.canary_question_seconds)} more if people are asked about a canary"
            if self.canary_question_seconds
            else ""
        )
        return f"about {in_words(self.usual_seconds)}{checks}; {in_words(self.longest_seconds)} at most{asking}"


def estimate(environment: Environment, replaced: Container[str], pace: Pace) -> Estimate:
    """Return how long an environment takes: its waves one after the other, and the targets of each side by side.

    Args:
        environment: as the manifest has it.
        replaced: the ids of the targets on which the release replaces another revision. Where it is the first one, or
            changes nothing, there is nothing to watch.
        pace: what else it depends on.
    """
    plan, judge, targets = environment.plan, environment.judge, environment.targets
    slow, waves = pace.shifts_itself, len(environment.in_waves)
    stepped = sum(any(targets[index].id in replaced for index in wave) for wave in environment.in_waves)
    longest = longest_parts(plan, judge, environment.checks.longest_seconds, shifts_itself=slow)
    checks, after = waves * longest["checking before any traffic"], judge.bake_after_seconds
    each = longest["watching the steps"] + after + longest["waiting for the service"]
    return Estimate(
        bake_seconds=stepped * (bake_seconds(plan) + after),
        usual_seconds=round(stepped * (_watched(environment, pace) + after + _moving(environment, pace)))
        + waves * _REST,
        longest_seconds=stepped * each + checks + waves * _REST,
        check_seconds=checks,
        canary_question_seconds=longest["asking people"] if stepped else 0,
    )


def in_words(seconds: float) -> str:
    """Return a time for people, rounded up to minutes: `2 h 5 min`."""
    hours, minutes = divmod(max(1, ceil(seconds / 60)), 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{minutes} min"] if minutes else [])
    return " ".join(parts)


def _watched(environment: Environment, pace: Pace) -> float:
    """Return how long the steps usually take: their bakes, or longer where a verdict needs more evidence."""
    plan, judge = environment.plan, environment.judge
    baked, most = bake_seconds(plan), watch_seconds(plan, judge)
    if not plan or judge.mode == "observe":
        return baked
    needed = bake_seconds(plan[:-1]) + pace.late_seconds + MINUTE  # the last step has to be seen itself
    if pace.requests_per_second is not None:
        minutes = time_to_verdict(pace.requests_per_second, plan, judge, late_seconds=pace.late_seconds).minutes
        needed = most if minutes is None else max(needed, round(MINUTE * minutes) + pace.late_seconds)
    may_end_early = judge.advance_early and not pace.shifts_itself
    return min(needed if may_end_early else max(baked, needed), most)


def _moving(environment: Environment, pace: Pace) -> int:
    if not pace.shifts_itself:
        return 0
    return _SLOW_START + max(0, len(environment.plan) - 1) * _SLOW_MOVE + _SLOW_END
