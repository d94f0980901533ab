"""Steer the running canaries of an environment by a signed call, and see that their deployments have heard it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gantry.command_line.errors import Exit
from gantry.command_line.output import present, say
from gantry.command_line.waiting import ticks
from gantry.promotion.steering import Action

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Answer, Pipeline

_EVERY, _PATIENCE = 1.0, 20.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class SteeringWish:
    """What somebody wants of the canaries of an environment."""

    action: Action
    service: str
    environment: str
    target: str | None = None
    """A target's id; None for all of the environment."""
    reason: str | None = None
    step: int | None = None
    """The step that somebody has seen; None if they mean whichever it is at."""

    def as_call(self) -> dict[str, Any]:
        """Return the body of the call."""
        body: dict[str, Any] = {"service": self.service, "environment": self.environment, "target": self.target}
        body |= {"reason": self.reason, "step": self.step}
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Steered:
    """What came of it for one canary."""

    target: str
    execution: str
    """The ARN of its deployment's execution."""
    canary: str | None
    """The new revision; None where it has no traffic yet."""
    step: int | None
    """The step that it was at, from 1 on; None where it has no traffic yet."""
    wish: int | None
    """The number of the wish among those about this canary; None where it is refused."""
    refused: str | None
    """Why, and what can be done."""
    honoured: bool
    """Whether the deployment has heard it; False while that is not known."""


def steer(pipeline: "Pipeline", wish: SteeringWish) -> list[Steered]:
    """Send the wish, and wait some seconds for the deployments to hear it.

    Raises:
        CommandError: no canary runs there, or nothing can be done to any, or IAM does not allow it.
    """
    url = f"{pipeline.output('CanariesUrl')}{wish.action}"
    steered = [Steered(**each) for each in _said(pipeline.call("POST", url, wish.as_call()))]
    for each in steered:
        if each.refused:
            say(f"{each.target}: {each.refused}")
    for _ in ticks(_EVERY, _PATIENCE):
        if all(each.honoured or each.refused for each in steered):
            break
        steered = [_looked_after(pipeline, wish, each) for each in steered]
    return steered


def _said(answer: "Answer") -> Sequence[Mapping[str, Any]]:
    """Return what came of it for each canary, also where it is refused for all of them."""
    body = answer.body
    found: Sequence[Mapping[str, Any]] = (
        body["canaries"] if isinstance(body, dict) and "canaries" in body else answer.require_success()["canaries"]
    )
    return found


def _looked_after(pipeline: "Pipeline", wish: SteeringWish, steered: Steered) -> Steered:
    """Look whether a deployment that was between two states has heard it, or has ended.

    One that has ended heard of an abort, unless its release is live. Whoever advances or resumes wants the canary to go
    on, and it has.
    """
    if steered.honoured or steered.refused:
        return steered
    reading = pipeline.services.board_reading
    lease = next((each for each in reading.leases() if each.target.id == steered.target), None)
    if lease is None or lease.holder is None or lease.holder.owner != steered.execution:
        is_live = lease is not None and lease.live_now is not None and lease.live_now.revision == steered.canary
        late = "It was done before: the release is live. gantry rollback takes it back."
        if wish.action in (Action.ABORT, Action.PAUSE) and is_live:
            say(f"{steered.target}: {late}")
            return replace(steered, refused=late)
        return replace(steered, honoured=True)
    found = {each.execution: each for each in reading.canaries(wish.service, wish.environment)}
    progress = found.get(steered.execution)
    has_gone_on = wish.action is Action.ADVANCE and progress is not None and progress.step > (steered.step or 0)
    has_heard = progress is not None and progress.wishes >= (steered.wish or 0)
    return replace(steered, honoured=has_heard or has_gone_on)


def exit_code(steered: list[Steered]) -> Exit:
    """Return 0 where all of it was honoured, 1 where something was refused, 3 where a deployment has not heard it."""
    if any(each.refused for each in steered):
        return Exit.FAILED
    return Exit.HEALTHY if all(each.honoured for each in steered) else Exit.TIMED_OUT


def outcome(steered: Steered, action: Action) -> str:
    """Return what came of it, in a sentence."""
    if steered.refused:
        return f"{steered.target}: not {action.done}"
    if not steered.honoured:
        return f"{steered.target}: kept, but its deployment has not heard of it yet; gantry watch shows what comes"
    return f"{steered.target}: {action.done} at step {steered.step}"


def run(pipeline: "Pipeline", wish: SteeringWish, output: str) -> int:
    """Steer, print what came of it, and return the exit code."""
    steered = steer(pipeline, wish)
    present(steered, output, lambda console: console.print("\n".join(outcome(each, wish.action) for each in steered)))
    return int(exit_code(steered))
