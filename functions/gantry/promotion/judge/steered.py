"""How a canary is watched that people have steered."""

from dataclasses import replace

from gantry.promotion.judge.decision import Watch
from gantry.promotion.steering import Action, Wish


def steered(watch: Watch, wish: Wish | None) -> Watch:
    """Return how far the rollout has come, as people want it.

    Who pauses a canary holds it on its step, whichever that is by then, as long as a step comes after it. Who advances
    it means the step that they saw.
    """
    if wish is None:
        return watch
    is_paused = wish.action is Action.PAUSE and not watch.is_complete
    is_advanced = wish.action is Action.ADVANCE and wish.index == watch.index
    return replace(watch, is_paused=is_paused, is_advanced=is_advanced)
