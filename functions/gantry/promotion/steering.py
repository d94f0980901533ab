"""What people want of a running canary: to hold it, to let it go on, to cut its bake short, or to take it back."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gantry.promotion import durations
from gantry.promotion.board.canary_progress import CanaryProgress, Pause
from gantry.promotion.timestamps import iso, moment, readable

MOST_WISHES = 10
"""Of one deployment: each costs one look, and a history has a bound. A pause can be resumed, and anything aborted, all
the same."""


class Action(StrEnum):
    """What somebody can do to a canary."""

    PAUSE = "pause"
    RESUME = "resume"
    ADVANCE = "advance"
    ABORT = "abort"

    @property
    def done(self) -> str:
        """The word for what was done."""
        return {"pause": "paused", "resume": "resumed", "advance": "advanced", "abort": "aborted"}[self]


def done(action: object) -> str:
    """Return the word for what somebody did, as the history has it: a newer version may know more."""
    return next((each.done for each in Action if each == action), "steered")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a deployment's canary. The newest one counts."""

    action: Action
    number: int
    """From 1 on, in its deployment."""
    execution: str
    """The ARN of the deployment's execution."""
    index: int
    """The step that it is about; one past the last one once the canary has all traffic."""
    by: str
    """Who, as IAM knows them: the caller's ARN."""
    at: str
    """ISO 8601, UTC."""
    reason: str | None = None

    def __str__(self) -> str:
        """For people: who, and why."""
        return f"{self.by}: {self.reason}" if self.reason else f"{self.by}, without a reason"

    @property
    def cause(self) -> str:
        """Why a deployment ends that somebody has aborted, in a sentence."""
        return f"aborted by {self}."

    def as_pause(self, until: str) -> Pause | None:
        """Return the pause that this is; None when it is another wish."""
        return Pause(self.by, self.at, self.reason, until) if self.action is Action.PAUSE else None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a deployment has heard of people's wishes when it begins to wait."""

    wishes: int
    """How many, on this step."""
    index: int
    """The step. Whoever resumed or advanced an earlier one wants nothing of this one."""

    def is_all(self, newest: Wish) -> bool:
        """Whether there is nothing else to hear."""
        is_over = newest.index < self.index and newest.action in (Action.RESUME, Action.ADVANCE)
        return newest.number <= self.wishes or is_over


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for now."""

    action: Action
    step: int | None = None
    """The step that they have seen, from 1 on; None if they mean whichever it is at."""


@dataclass(frozen=True, slots=True)
class LeastBake:
    """How long a canary has to be watched before it may get all traffic, whatever people want."""

    seconds: int = 0
    rule: str | None = None
    """The name of the policy file's rule; None where there is none."""


@dataclass(frozen=True, slots=True)
class SteerableCanary:
    """A running canary, with what limits what people may do to it."""

    progress: CanaryProgress
    wish: Wish | None
    """The newest one so far."""
    shifts_itself: bool
    """Whether the service takes the steps itself."""

    def wants_already(self, action: Action) -> bool:
        """Whether the newest wish is the same and still in force, so that a second one would change nothing."""
        wish = self.wish
        if wish is None or wish.action is not action:
            return False
        match action:
            case Action.PAUSE:
                return self._is_paused
            case Action.ADVANCE:
                return wish.index == self.progress.step - 1
        return True

    def has_heard(self, wish: Wish) -> bool:
        """Whether the canary's deployment has heard a wish, as far as the board says."""
        return self.progress.wishes >= wish.number

    def why_refused(self, asked: Asked, least: LeastBake, now: str) -> str | None:
        """Return why this cannot be done to it, and what can; None when it can, or has been done."""
        canary, wish, action = self.progress, self.wish, asked.action
        if wish and wish.action is Action.ABORT:
            return None if action is Action.ABORT else f"It was aborted by {wish.by}, and nothing undoes that."
        if asked.step not in {None, canary.step}:
            return f"It is at step {canary.step} by now, and not at step {asked.step}. Look at it again."
        if action is Action.ABORT:
            return None
        if canary.waits_for == "people":
            return "People are asked about it: gantry approvals shows the question. It can be aborted."
        return None if self.wants_already(action) else self._why_no_new_wish(action, least, now)

    def _why_no_new_wish(self, action: Action, least: LeastBake, now: str) -> str | None:
        if action is Action.RESUME:
            return None if self._is_paused else "It is not paused."
        if self.wish and self.wish.number >= MOST_WISHES:
            most = f"It was steered {MOST_WISHES} times, which is the most."
            return f"{most} A pause can be resumed, and the canary aborted."
        if action is Action.PAUSE:
            has_all = "It has all traffic already, so there is nothing to pause. It can be aborted."
            return has_all if self.progress.step > self.progress.steps else None
        return self._why_not_advanced(least, now)

    @property
    def _is_paused(self) -> bool:
        """Whether a pause is in force, or will be as soon as the deployment has heard of it."""
        wish = self.wish
        if wish is None or wish.action is not Action.PAUSE:
            return False
        return self.progress.paused is not None or not self.has_heard(wish)

    def _why_not_advanced(self, least: LeastBake, now: str) -> str | None:
        canary = self.progress
        if self.shifts_itself:
            return (
                "Its service takes the steps by its own clock, which nobody can turn on. It can be paused or aborted."
            )
        if canary.waits_for == "traffic":
            return "The service is moving its traffic just now. Try again when it has arrived."
        since, later = moment(canary.rollout_since or canary.shifted_at), timedelta(seconds=canary.later_bake_seconds)
        allowed = since + timedelta(seconds=least.seconds) - later
        if moment(now) < allowed:
            asked = f"The rule {least.rule} of the policy file wants it watched for {durations.text(least.seconds)}"
            return f"{asked}. It can be advanced from {readable(iso(allowed))} on."
        return None
