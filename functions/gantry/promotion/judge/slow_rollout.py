"""How a canary is watched whose service takes the steps itself, and needs minutes for each."""

from dataclasses import replace

from gantry.promotion.judge.decision import Watch
from gantry.promotion.judge.rollout_limits import service_seconds
from gantry.promotion.judge.settings import JudgeSettings


def at_the_services_pace(watch: Watch, settings: JudgeSettings) -> tuple[Watch, JudgeSettings]:
    """Return how far such a rollout has come, and how it is judged.

    On the first step its time begins with the first traffic, so a slow start takes nothing from `max_bake`. Later it
    begins with the rollout, because nothing says any more how long the start took.

    No step ends early: the service would bake on, and nobody would look meanwhile.
    """
    seconds = watch.rollout_seconds if watch.index else watch.step_seconds
    slow = service_seconds(watch.plan, settings)
    return replace(watch, rollout_seconds=seconds, slow_seconds=slow), replace(settings, advance_early=False)
