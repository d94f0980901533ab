"""How far a canary is when it is looked at, by the clock, by its service and by what people want, and what follows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gantry.promotion.board.canary_progress import Pause
from gantry.promotion.judge.after_people import PeoplesDecision, watch_on
from gantry.promotion.judge.decision import Decision, Watch, decide
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.slow_rollout import at_the_services_pace
from gantry.promotion.judge.steered import steered
from gantry.promotion.judge.verdict import Judgement
from gantry.promotion.steering import Action, Wish
from gantry.promotion.timestamps import iso, moment
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.rollout_steps import require_at_step
from gantry.use_cases.services import Services
from gantry.use_cases.wishes import newest_wish


@dataclass(frozen=True, slots=True)
class JudgeRequest(RolloutState):
    """Which canary is looked at, on which step, and since when it has had its weight."""

    index: int
    shifted_at: str
    rollout_since: datetime
    """When the rollout began: an alarm between two steps must not be lost."""
    failed_looks: int
    """How many looks in a row before this one had failures among the pipeline's own requests."""
    wishes: int = 0
    """How many wishes of people there are at least. With none the ledger is not asked for them."""

    @property
    def watch(self) -> Watch:
        """How far the rollout has come."""
        step = self.entered_at - moment(self.shifted_at)
        rollout = self.entered_at - self.rollout_since
        return Watch(self.plan, self.index, step.total_seconds(), rollout.total_seconds())


@dataclass(frozen=True, slots=True)
class Course:
    """How a canary is watched."""

    watch: Watch
    settings: JudgeSettings
    wish: Wish | None = None
    """What people want, if they want anything."""

    def pause(self, now: datetime) -> Pause | None:
        """Return who holds the canary, and until when at the latest; None where nobody does."""
        if self.wish is None or not self.watch.is_paused:
            return None
        left = max(self.watch.bake_seconds_left(self.settings), self.watch.extension_seconds_left(self.settings))
        return self.wish.as_pause(iso(now + timedelta(seconds=max(0.0, left))))


def course_of(request: JudgeRequest, services: Services) -> Course:
    """Return how a canary is watched, if its service still is at this step.

    Raises:
        CanaryAbortedError: somebody has taken it back.
        TargetChangedError, TargetFailedError, AlarmRaisedError: a service that takes the steps itself took another one.
    """
    target = request.deployment.target
    wish = newest_wish(request, services) if request.wishes else None
    watch, settings = request.watch, request.deployment.judge
    if services.kinds.of(target).capabilities.shifts_itself:
        require_at_step(request, request.index, services)
        watch, settings = at_the_services_pace(watch, settings)
    return Course(steered(watch, wish), settings, wish)


def decide_on(
    judgement: Judgement, course: Course, request: JudgeRequest, services: Services, *, has_alarm: bool
) -> tuple[Decision, Course]:
    """Return what becomes of the step, and how the canary is watched after what people were asked about it.

    What they have decided about the canary so far gives it more time, or another end. So it is read only where they
    can have been asked, and the step is not done: that stays so whatever they decided, and so does harm.

    Before a step is done, the newest wish is read in any case.

    Raises:
        CanaryAbortedError: somebody has taken it back.
        CanaryUnhealthyError: harm is shown.
        CanaryInconclusiveError: too little is known, the time has ended, and nobody is to be asked.
    """
    decision, course = _decided(judgement, course, request, services, has_alarm=has_alarm)
    if decision is not Decision.ADVANCE:
        return decision, course
    newest = newest_wish(request, services)  # it may have come while the judge was looking
    if newest is None or newest == course.wish or newest.action is not Action.PAUSE:
        return decision, course
    held = replace(course, watch=steered(course.watch, newest), wish=newest)
    return _decided(judgement, held, request, services, has_alarm=has_alarm)


def _decided(
    judgement: Judgement, course: Course, request: JudgeRequest, services: Services, *, has_alarm: bool
) -> tuple[Decision, Course]:
    watch, settings = course.watch, course.settings
    decision = decide(judgement, settings, watch, has_alarm=has_alarm)
    may_matter = settings.on_inconclusive == "ask" and watch.can_have_been_asked_about(settings)
    if decision is Decision.ADVANCE or not may_matter:
        return decision, course
    asked = services.canary_questions.of(request.execution)
    if asked is None or asked.decision is None or asked.decided_at is None:
        return decision, course
    if course.wish and course.wish.at <= asked.decided_at:
        watch = replace(watch, is_paused=False, is_advanced=False)
    decided = PeoplesDecision(asked.decision == "keep_waiting", asked.index, moment(asked.decided_at))
    watch, settings = watch_on(watch, settings, decided, request.entered_at)
    course = replace(course, watch=watch, settings=settings)
    return decide(judgement, settings, watch, has_alarm=has_alarm), course
