"""Accept an approver's answer. Each approver's answer counts once."""

from dataclasses import dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from gantry.observability import logger
from gantry.promotion.approval_answer import Answer, Decision
from gantry.promotion.approval_link import Link, check_nonce, nonce_hash
from gantry.promotion.approval_sentences import own_release
from gantry.promotion.quarantine import in_force
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.approvals.errors import (
    AnswerForbiddenError,
    AnswerOutdatedError,
    AnswerRepeatedError,
    AnswerUnconfirmedError,
    OutcomeUndeliveredError,
)
from gantry.use_cases.approvals.session import ApprovalSession, LinkVisit, open_by_id, open_by_link
from gantry.use_cases.services import Services

_LONGEST_USER_AGENT = 500
"""Characters that are kept of a browser's name for itself, which can have any length."""


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """An approver's answer as it was filled in; empty where nothing was."""

    decision: Decision
    reason: str | None
    environment: str
    """The name that was typed to confirm."""
    nonce: str
    """The nonce of the page that the form was on."""
    digest: str
    """The digest that a call is about."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Where an answer came from."""

    source_ip: str
    user_agent: str


def answer_by_link(visit: LinkVisit, form: AnswerForm, sender: Sender, services: Services) -> ApprovalSession:
    """Accept the form of the approval page. Return the session as it is afterwards.

    Raises:
        AnswerRefusedError: the answer changes nothing; its subclasses say why.
        AnswerRepeatedError: the same answer was sent before.
        OutcomeUndeliveredError: the answer counts, but the promotion could not be notified.
    """
    session, link = open_by_link(visit, services)
    _check_nonce(session, link, form.nonce, services)
    return _accept(session, form, sender, nonce_hash(form.nonce), services)


def answer_by_call(
    approval_id: str, caller: str, form: AnswerForm, sender: Sender, services: Services
) -> ApprovalSession:
    """Accept the answer of a caller that IAM knows. Return the session as it is afterwards.

    Without a page, the call has to say which digest it is about.

    Raises:
        AnswerRefusedError: the answer changes nothing; its subclasses say why.
        OutcomeUndeliveredError: the answer counts, but the promotion could not be notified.
    """
    session = open_by_id(approval_id, caller, services)
    digest = session.approval.release.digest
    if form.digest != digest:
        raise AnswerOutdatedError(
            f"This approval is about {digest}.", "Look at that artifact, and send its digest as digest."
        )
    return _accept(session, form, sender, None, services)


def _check_nonce(session: ApprovalSession, link: Link, nonce: str, services: Services) -> None:
    """Make sure that the page gave this nonce for what it would show now, and that it was not used before."""
    answer = session.approval.answer_of(session.approver)
    if answer and answer.nonce == nonce_hash(nonce):
        _conclude(session, services)
        raise AnswerRepeatedError(f"This answer was counted already. {session.closed}")
    verdict = check_nonce(nonce, link, session.snapshot)
    if verdict == "forged":
        raise AnswerForbiddenError("The answer does not come from this approval's page.")
    if verdict == "outdated" and not session.closed:
        raise AnswerOutdatedError(
            f"The facts have changed since you opened the page: what is live in {session.approval.environment}, or a "
            "release from quarantine.",
            "Open the link from the mail again, and look at the new facts.",
        )


def _accept(
    session: ApprovalSession, form: AnswerForm, sender: Sender, nonce: str | None, services: Services
) -> ApprovalSession:
    """Count the answer, unless there is nothing left to answer."""
    if session.closed:
        _conclude(session, services)
        return session
    if form.decision == "approved":
        _require_permission(session, form)
    if form.decision == "keep_waiting" and not session.may_wait:
        raise AnswerForbiddenError("Nobody can choose to keep waiting here.", "Choose one of the other answers.")
    answer = Answer(
        approver=session.approver,
        decision=form.decision,
        at=session.now,
        identity=session.identity,
        source_ip=sender.source_ip,
        user_agent=sender.user_agent[:_LONGEST_USER_AGENT],
        reason=form.reason,
        nonce=nonce,
    )
    approval, is_counted = services.approvals.change(
        session.approval.id, lambda each: each.answered(answer, session.snapshot), session.approval
    )
    logger.info("approval answered", approval=approval.id, decision=form.decision, is_counted=is_counted)
    after = replace(session, approval=approval)
    _conclude(after, services)
    return after


def _require_permission(session: ApprovalSession, form: AnswerForm) -> None:
    """Make sure that this approver may approve, and has confirmed it."""
    approval = session.approval
    instead = "You can roll it back." if approval.canary else "You can reject it."
    if in_force(session.last_quarantine):
        raise AnswerOutdatedError(str(session.objection), instead)
    if session.objection or not approval.may_approve(session.identity):
        raise AnswerForbiddenError(own_release(approval), instead)
    if approval.policy.confirm and form.environment != approval.environment:
        raise AnswerUnconfirmedError(
            f"To approve it, type the environment's name, {approval.environment}.",
        )


def _conclude(session: ApprovalSession, services: Services) -> None:
    """Deliver the outcome, if there is one."""
    try:
        conclude(session.approval, services)
    except (BotoCoreError, ClientError) as error:
        logger.exception("outcome kept, but not delivered", approval=session.approval.id)
        which = "deployment" if session.approval.canary else "promotion"
        message = f"{session.closed} The {which} could not be notified yet."
        raise OutcomeUndeliveredError(message) from error
