"""How long a service that takes the steps itself has needed to move the traffic."""

from gantry.promotion.judge.decision import Watch
from gantry.promotion.judge.rollout_limits import longest_move
from gantry.promotion.traffic import bake_seconds

_BEFORE_THE_FIRST = -1


def moving_seconds(watch: Watch, after: int = _BEFORE_THE_FIRST) -> float:
    """Return how much of a rollout's time may have gone by while the service moved the traffic.

    Args:
        watch: how far it has come.
        after: the step on which its time has begun, with that step's traffic in place.
    """
    if watch.index == after:
        return 0.0
    given = sum(longest_move(index) for index in range(after + 1, watch.index + 1))
    baked = bake_seconds(watch.plan[after + 1 : watch.index]) + watch.step_seconds
    return min(given, max(0.0, watch.rollout_seconds - baked))
