"""Ask people about a canary of which too little is known when its time has ended, and follow the question up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gantry.aws.canary_questions import AskedAboutCanary
from gantry.observability import logger
from gantry.promotion.approval import Approval
from gantry.promotion.approval_outcome import OutcomeFacts, outcome_facts
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.approval_sentences import own_release
from gantry.promotion.canary_question import CanaryQuestion, KnownOfCanary, waiting_offered_until
from gantry.promotion.errors import CanaryInconclusiveError, NotificationError
from gantry.promotion.events import approval_requested
from gantry.promotion.history import HistoryKind
from gantry.promotion.judge.rollout_limits import (
    ASK_SECONDS,
    UNSEEN_WHILE_ASKING,
    longest_rollout_seconds,
    may_ask_again,
)
from gantry.promotion.messages import canary_decided
from gantry.promotion.timestamps import iso
from gantry.targets.registry import capabilities_of
from gantry.use_cases.approvals.asking_again import current_round
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.approvals.following_up import do_what_is_due
from gantry.use_cases.leasing import require_lease
from gantry.use_cases.publishing import publish_best_effort
from gantry.use_cases.rollout_state import RolloutState
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class CanaryQuestionRequest(RolloutState):
    """A canary that is held at the smallest weight, or keeps its own, while people are asked."""

    index: int
    """The step whose time has ended."""
    asked_at: datetime
    """When people were asked first. It names the question, so that a retry and a later look find it."""
    rollout_since: datetime
    known: KnownOfCanary

    @property
    def approval_id(self) -> str:
        """The id of the question."""
        return approval_id(self.execution, self.deployment.environment, iso(self.asked_at))


@dataclass(frozen=True, slots=True)
class CanaryQuestionState:
    """A question about a canary: what people have decided, or for how long to wait for that."""

    approval_id: str
    decision: OutcomeFacts | None
    """`approved` or `keep_waiting`; None while there is no outcome."""
    seconds: int
    """How long to wait until something is due, or a service that takes the steps itself is to be looked at."""


def ask_about_canary(request: CanaryQuestionRequest, services: Services) -> CanaryQuestionState:
    """Return what people have decided, or how long to wait. Ask, remind, escalate, or let it expire, whatever is due.

    A retry asks those who were not asked yet. A crash between SES and the ledger can send one mail twice.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CanaryInconclusiveError: the canary is to be rolled back: people want that, or nobody can or did answer in time.
    """
    require_lease(services, request.holder)
    asked = _asked(request, services)
    fresh = _question(request, asked.times, services)
    services.canary_questions.put(asked)
    opened = services.approvals.open(fresh)
    approval = do_what_is_due(opened, services)
    if approval.outcome is None and not opened.asked:
        _announce(request, approval, services)
    outcome = outcome_facts(approval)
    if outcome:
        _keep(asked, outcome, services)
        if outcome.decision not in {"approved", "keep_waiting"}:
            raise CanaryInconclusiveError(f"{outcome.explanation} Known: {'; '.join(request.known.reasons)}")
        _notify(approval, outcome, services)
    due = approval.seconds_to_wait(now())
    shifts_itself = capabilities_of(request.deployment.target).shifts_itself
    return CanaryQuestionState(approval.id, outcome, min(due, UNSEEN_WHILE_ASKING) if shifts_itself else due)


def _asked(request: CanaryQuestionRequest, services: Services) -> AskedAboutCanary:
    """Return the question for the ledger's record of it: the same one for a retry and for a later look."""
    last = services.canary_questions.of(request.execution)
    if last and last.approval_id == request.approval_id:
        return last
    times = last.times + 1 if last else 1
    return AskedAboutCanary(request.execution, request.approval_id, iso(request.asked_at), request.index, times)


def _keep(asked: AskedAboutCanary, outcome: OutcomeFacts, services: Services) -> None:
    """Let the judge know that the rollout goes on, and why."""
    match outcome.decision:
        case "approved" | "keep_waiting" as decision:
            asked = replace(asked, is_open=False, decision=decision, decided_at=outcome.decided_at)
        case _:
            asked = replace(asked, is_open=False)
    services.canary_questions.put(asked)


def _question(request: CanaryQuestionRequest, times: int, services: Services) -> Approval:
    """Return the question, to those who had to approve the release for this environment, by the same rules."""
    deployment, before = request.deployment, _approval_before(request, services)
    question = Approval(
        id=request.approval_id,
        environment=deployment.environment,
        release=deployment.release,
        origin=before.origin,
        policy=before.policy,
        targets=(deployment.target,),
        settings={},
        alarms=deployment.alarms,
        firing=(),
        execution=request.execution,
        started_at=before.started_at,
        requested_at=iso(request.asked_at),
        expires_at=iso(request.asked_at + timedelta(seconds=ASK_SECONDS)),
        canary=_canary(request, times),
    )
    if not question.can_be_approved:
        raise CanaryInconclusiveError(f"too few people can be asked about the canary: {own_release(question)}")
    return question


def _approval_before(request: CanaryQuestionRequest, services: Services) -> Approval:
    deployment = request.deployment
    try:
        return current_round(approval_id(str(deployment.promotion), deployment.environment), services)
    except LookupError as error:
        message = (
            f"nobody can be asked about the canary, because nobody approved {deployment.release} for "
            f"{deployment.environment}. Known: {'; '.join(request.known.reasons)}"
        )
        raise CanaryInconclusiveError(message) from error


def _canary(request: CanaryQuestionRequest, times: int) -> CanaryQuestion:
    plan, settings, target = request.plan, request.deployment.judge, request.deployment.target
    slow = capabilities_of(target).shifts_itself
    longest = longest_rollout_seconds(plan, settings, request.deployment.checks.longest_seconds, shifts_itself=slow)
    until = waiting_offered_until(iso(request.rollout_since), iso(request.asked_at), plan, longest)
    watched_weight = plan[request.index].weight
    return CanaryQuestion(
        canary=request.canary,
        stable=request.rollout.stable,
        weight=watched_weight if slow else plan[0].weight,
        watched_weight=watched_weight,
        step=request.index + 1,
        steps=len(plan),
        known=request.known,
        max_bake_seconds=settings.max_bake_seconds,
        keep_waiting_until=until if may_ask_again(plan, settings, times, shifts_itself=slow) else None,
    )


def _announce(request: CanaryQuestionRequest, approval: Approval, services: Services) -> None:
    """Tell the history and automation. Where nobody has mail, each look tells automation again."""
    facts = {"approval": approval.id, "canary": request.canary, "known": list(request.known.reasons)}
    entry = replace(request.history_entry(HistoryKind.CANARY_QUESTION_ASKED, facts), at=approval.requested_at)
    services.ledger.record(entry)
    logger.info("asked about the canary", approval=approval.id, asked=approval.asked, expires_at=approval.expires_at)
    publish_best_effort(services, approval_requested(approval))


def _notify(approval: Approval, outcome: OutcomeFacts, services: Services) -> None:
    """Notify people once of a rollout that goes on. One that is rolled back is notified with that."""
    log = services.notification_log
    if log.was_sent(approval.id):
        return
    try:
        services.topic.publish(canary_decided(approval, outcome.explanation))
    except NotificationError:
        logger.exception("message about a decided canary not published", approval=approval.id)
    else:
        log.mark_sent(approval.id)
