"""How a canary is watched whose service takes the steps itself, and needs minutes for each."""

from dataclasses import replace

from gantry.promotion.judge.decision import Watch
from gantry.promotion.judge.moving_time import moving_seconds
from gantry.promotion.judge.rollout_limits import service_seconds
from gantry.promotion.judge.settings import JudgeSettings


def at_the_services_pace(watch: Watch, settings: JudgeSettings) -> tuple[Watch, JudgeSettings]:
    """Return how far such a rollout has come, and how it is judged.

    What the service needs to move the traffic takes nothing from `max_bake`. On the first step the time begins with the
    first traffic. Later it begins with the rollout, and nothing says any more how long the moves took: whatever is not
    a bake, and no longer than the service is given, counts as one. So it may be watched for longer by that.

    No step ends early: the service would bake on, and nobody would look meanwhile.
    """
    seconds = watch.rollout_seconds if watch.index else watch.step_seconds
    slow = service_seconds(watch.plan, settings)
    paced = replace(watch, rollout_seconds=seconds, slow_seconds=slow)
    return replace(paced, moving_seconds=moving_seconds(paced)), replace(settings, advance_early=False)
