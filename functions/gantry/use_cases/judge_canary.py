"""One look at a canary: the verdict on it, and what becomes of its step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.canary_question import KnownOfCanary, last_minutes
from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError
from gantry.promotion.history import HistoryKind
from gantry.promotion.judge.after_people import PeoplesDecision, watch_on
from gantry.promotion.judge.decision import Decision, Watch, decide, of_this_step, seconds_to_look
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.judge.explanation import shortened_reasons
from gantry.promotion.judge.own_requests import OwnRequests, with_own_requests
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.slow_rollout import at_the_services_pace
from gantry.promotion.judge.verdict import Health, Judgement, judge
from gantry.promotion.timestamps import moment
from gantry.use_cases.own_requests import requests_of_a_look
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.rollout_steps import require_at_step
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class JudgeRequest(RolloutState):
    """Which canary is looked at, on which step, and since when it has had its weight."""

    index: int
    shifted_at: str
    rollout_since: datetime
    """When the rollout began: an alarm between two steps must not be lost."""
    failed_looks: int
    """How many looks in a row before this one had failures among the pipeline's own requests."""

    @property
    def watch(self) -> Watch:
        """How far the rollout has come."""
        step = self.entered_at - moment(self.shifted_at)
        rollout = self.entered_at - self.rollout_since
        return Watch(self.plan, self.index, step.total_seconds(), rollout.total_seconds())


@dataclass(frozen=True, slots=True)
class CanaryLook:
    """What a look at the canary has come to."""

    decision: Decision
    look_seconds: int
    """After how long to look again, if the step is not done."""
    step: int
    """From 1 on; one more than the plan has, once the canary has all traffic."""
    weight: int
    canary: str
    verdict: Health
    reasons: tuple[str, ...]
    evidence: Mapping[str, Any]
    failed_looks: int
    """How many looks in a row, up to this one, had failures among the pipeline's own requests."""
    known: KnownOfCanary | None
    """What people are asked about; None when they are not."""


def judge_canary(request: JudgeRequest, seconds: float, services: Services) -> CanaryLook:
    """Look at a canary once. The history keeps the look that ends its step.

    Args:
        request: which one.
        seconds: how long this function may work.
        services: the adapters.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError, TargetFailedError, AlarmRaisedError: a service that takes the steps itself took another one.
        CanaryUnhealthyError: harm is shown.
        CanaryInconclusiveError: too little is known, the time has ended, and nobody is to be asked.
    """
    deadline = Deadline.after(seconds)
    watch, settings = how = _how_it_is_watched(request, services)
    evidence = _evidence(request, services)
    alarms = services.alarms(request.deployment.target).watch(request.deployment.alarms, request.rollout_since)
    own = _own_requests(request, deadline, services)
    judgement = judge(evidence, alarms, settings, compares=not watch.is_complete)
    judgement = of_this_step(judgement, evidence.complete_until, moment(request.shifted_at))
    judgement = with_own_requests(judgement, own) if own else judgement
    try:
        decision, watch, settings = _decide(judgement, request, how, services, has_alarm=bool(alarms.changes))
    except (CanaryUnhealthyError, CanaryInconclusiveError):
        _record(request, judgement, services)
        raise
    if decision is not Decision.KEEP_BAKING:  # whoever bakes on shows the lease right afterwards
        _record(request, judgement, services)
    return CanaryLook(
        decision=decision,
        look_seconds=seconds_to_look(settings, watch),
        step=request.index + 1,
        weight=request.rollout.weight_at(request.index),
        canary=request.canary,
        verdict=judgement.verdict,
        reasons=shortened_reasons(judgement.reasons),
        evidence=judgement.evidence,
        failed_looks=own.failed_looks if own else 0,
        known=_known(judgement, evidence) if decision is Decision.ASK else None,
    )


def _how_it_is_watched(request: JudgeRequest, services: Services) -> tuple[Watch, JudgeSettings]:
    """Return how far the rollout has come and how it is judged, if its service still is at this step."""
    watch, settings = request.watch, request.deployment.judge
    if not services.kinds.of(request.deployment.target).capabilities.shifts_itself:
        return watch, settings
    require_at_step(request, request.index, services)
    return at_the_services_pace(watch, settings)


def _known(judgement: Judgement, evidence: TargetEvidence) -> KnownOfCanary:
    reasons = (*judgement.reasons, *judgement.notes)
    return KnownOfCanary(reasons, judgement.evidence, last_minutes(evidence.minutes))


def _decide(
    judgement: Judgement,
    request: JudgeRequest,
    how: tuple[Watch, JudgeSettings],
    services: Services,
    *,
    has_alarm: bool,
) -> tuple[Decision, Watch, JudgeSettings]:
    """Return what becomes of the step, with how far the rollout has come and how it is judged.

    What people have decided about the canary so far gives it more time, or another end. So it is read only where they
    can have been asked, and the step is not done: that stays so whatever they decided, and so does harm.
    """
    watch, settings = how
    decision = decide(judgement, settings, watch, has_alarm=has_alarm)
    may_matter = settings.on_inconclusive == "ask" and watch.can_have_been_asked_about(settings)
    if decision is Decision.ADVANCE or not may_matter:
        return decision, watch, settings
    asked = services.canary_questions.of(request.execution)
    if asked is None or asked.decision is None or asked.decided_at is None:
        return decision, watch, settings
    decided = PeoplesDecision(asked.decision == "keep_waiting", asked.index, moment(asked.decided_at))
    watch, settings = watch_on(watch, settings, decided, request.entered_at)
    return decide(judgement, settings, watch, has_alarm=has_alarm), watch, settings


def _own_requests(request: JudgeRequest, deadline: Deadline, services: Services) -> OwnRequests | None:
    """Send what the manifest wants sent; None where it wants nothing."""
    deployment, wanted = request.deployment, request.deployment.checks.during_bake
    if wanted is None:
        return None
    kind = services.kinds.of(deployment.target)
    own = requests_of_a_look(kind, deployment.target, request.canary, wanted, deadline.left())
    return own.after(request.failed_looks)


def _evidence(request: JudgeRequest, services: Services) -> TargetEvidence:
    """Return what is known since the canary's first traffic; once it has all of it, since then.

    The moment is that of the state's entry, so that a retry sees the same minutes.
    """
    target, settings = request.deployment.target, request.deployment.judge
    has_all = request.watch.is_complete
    wanted = EvidenceRequest(
        canary=request.canary,
        stable=None if has_all else request.rollout.stable,
        since=moment(request.shifted_at) if has_all else request.rollout_since,
        now=request.entered_at,
        slow_after_ms=settings.slow_after_ms,
        queries=settings.queries,
    )
    return services.kinds.of(target).evidence(target, wanted)


def _record(request: JudgeRequest, judgement: Judgement, services: Services) -> None:
    facts = {
        "step": request.index + 1,
        "weight": request.rollout.weight_at(request.index),
        "canary": request.canary,
        **asdict(judgement),
    }
    entry = request.history_entry(HistoryKind.CANARY_JUDGED, facts)
    services.ledger.record_as_holder(entry, request.deployment.target, request.fence)
    logger.info("canary judged", target=request.deployment.target.id, facts=facts)
