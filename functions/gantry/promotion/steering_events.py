"""The events of canaries that people steer."""

from dataclasses import dataclass

from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.events import Event
from gantry.promotion.release import Release
from gantry.promotion.release_facts import release_facts
from gantry.promotion.steering import Action, Wish
from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class SteeredDeployment:
    """A deployment whose canary somebody has steered."""

    release: Release
    environment: str
    target: Target
    progress: CanaryProgress
    is_honoured: bool
    """Whether what waited with the canary was ended for it."""


def canary_steered(wish: Wish, steered: SteeredDeployment) -> Event:
    """Build the event of a canary that somebody paused, resumed, advanced or aborted."""
    progress = steered.progress
    facts = {
        "environment": steered.environment,
        "target": steered.target.id,
        "execution": wish.execution,
        "canary": progress.canary,
        "weight": progress.weight,
        "step": progress.step,
        "steps": progress.steps,
        "by": wish.by,
        "reason": wish.reason,
        "is_honoured": steered.is_honoured,
        "until": progress.pause_ends_at if wish.action is Action.PAUSE else None,
    }
    what = f"Promotion Canary {wish.action.done.title()}"
    return Event(what, release_facts(steered.release) | facts, (steered.target.arn,))
