"""One look at a canary: the verdict on it, and what becomes of its step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gantry.aws.deadline import Deadline
from gantry.observability import logger
from gantry.promotion.board.canary_progress import Pause
from gantry.promotion.canary_question import KnownOfCanary, last_minutes
from gantry.promotion.errors import CanaryInconclusiveError, CanaryUnhealthyError
from gantry.promotion.history import HistoryKind
from gantry.promotion.judge.decision import Decision, of_this_step, seconds_to_look
from gantry.promotion.judge.evidence import EvidenceRequest, TargetEvidence
from gantry.promotion.judge.explanation import shortened_reasons
from gantry.promotion.judge.own_requests import OwnRequests, with_own_requests
from gantry.promotion.judge.verdict import Health, Judgement, judge
from gantry.promotion.timestamps import moment
from gantry.use_cases.canary_course import Course, JudgeRequest, course_of, decide_on
from gantry.use_cases.own_requests import requests_of_a_look
from gantry.use_cases.services import Services


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
    wishes: int = 0
    """How many wishes of people have been heard."""
    paused: Pause | None = None
    """Who holds the canary where it is."""


def judge_canary(request: JudgeRequest, seconds: float, services: Services) -> CanaryLook:
    """Look at a canary once. The history keeps the look that ends its step.

    Args:
        request: which one.
        seconds: how long this function may work.
        services: the adapters.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        TargetChangedError, TargetFailedError, AlarmRaisedError: a service that takes the steps itself took another one.
        CanaryAbortedError: somebody has taken it back.
        CanaryUnhealthyError: harm is shown.
        CanaryInconclusiveError: too little is known, the time has ended, and nobody is to be asked.
    """
    deadline = Deadline.after(seconds)
    course = course_of(request, services)
    evidence = _evidence(request, services)
    alarms = services.alarms(request.deployment.target).watch(request.deployment.alarms, request.rollout_since)
    own = _own_requests(request, deadline, services)
    judgement = judge(evidence, alarms, course.settings, compares=not course.watch.is_complete)
    shifted_at, is_advanced = moment(request.shifted_at), course.watch.is_advanced
    judgement = of_this_step(judgement, evidence.complete_until, shifted_at, is_advanced=is_advanced)
    judgement = with_own_requests(judgement, own) if own else judgement
    try:
        decision, course = decide_on(judgement, course, request, services, has_alarm=bool(alarms.changes))
    except (CanaryUnhealthyError, CanaryInconclusiveError):
        _record(request, judgement, services)
        raise
    if decision is not Decision.KEEP_BAKING:  # whoever bakes on shows the lease right afterwards
        _record(request, judgement, services)
    return CanaryLook(
        decision=decision,
        look_seconds=seconds_to_look(course.settings, course.watch),
        step=request.index + 1,
        weight=request.rollout.weight_at(request.index),
        canary=request.canary,
        verdict=judgement.verdict,
        reasons=shortened_reasons(judgement.reasons),
        evidence=judgement.evidence,
        failed_looks=own.failed_looks if own else 0,
        known=_known(judgement, evidence, course) if decision is Decision.ASK else None,
        wishes=course.wish.number if course.wish else 0,
        paused=course.pause(request.entered_at),
    )


def _known(judgement: Judgement, evidence: TargetEvidence, course: Course) -> KnownOfCanary:
    held = f"paused by {course.wish}, and nobody resumed it before its time was over"
    reasons = (*([held] if course.watch.is_paused else []), *judgement.reasons, *judgement.notes)
    return KnownOfCanary(reasons, judgement.evidence, last_minutes(evidence.minutes))


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
