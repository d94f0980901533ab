"""What the functions that write to approvers share: a link for each mail, and what a refused mail means."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from aws import keys
from aws.announcements import Topic
from aws.approvals import Approvals
from aws.ledger import Ledger
from aws.mail import Mail
from handlers.observability import logger
from handlers.settings import approval_base_url
from promotion.approval import Approval
from promotion.approval_facts import sections
from promotion.approval_link import Link, link_key
from promotion.approval_mail import Message, question
from promotion.approver import has_mail
from promotion.errors import AnnouncementError, MailError
from promotion.moments import iso
from promotion.sections import Section

Compose = Callable[[Approval, Sequence[Section], str], Message]


def now() -> str:
    """ISO 8601, UTC."""
    return iso(datetime.now(UTC))


def ask(approval: Approval, approvals: Approvals) -> Approval:
    """Write to everybody who may answer and was not asked yet, so that a retry asks nobody twice."""
    return write_to([each for each in approval.approvers if each not in approval.asked], approval, approvals, question)


def write_to(people: Iterable[str], approval: Approval, approvals: Approvals, compose: Compose) -> Approval:
    """Send each of them a mail with a link of their own; the approval as it is afterwards.

    Who cannot be reached is noted in it. It ends when too few people are left. Who has a link from a mail before can
    still answer, so that a reminder which is refused ends nothing.
    """
    mail = Mail.from_env()
    told = sections(approval, Ledger.from_env().live(approval.release.service), now())
    for person in people:
        if not has_mail(person) or person in approval.undeliverable or approval.outcome:
            continue
        link_id = secrets.token_urlsafe(32)
        approvals.add_link(link_key(link_id), Link(approval.id, person, secrets.token_hex(32)), approval)
        message = compose(approval, told, f"{approval_base_url()}/approvals/{link_id}")
        try:
            mail.send(person, message.subject, message.text, message.html, approval.id)
        except MailError as error:
            if person in approval.asked:
                logger.warning("a reminder was not delivered", approval=approval.id, why=str(error))
            else:
                approval = note_undelivered(approval.id, approvals, person, str(error))
        else:
            approval, _ = approvals.change(approval.id, _asked(person))
    return approval


def note_undelivered(approval_id: str, approvals: Approvals, to: str, why: str) -> Approval:
    """Keep that somebody cannot be reached, and tell the topic: they will not do it themselves.

    Answers the approval as it is afterwards.
    """
    moment = now()
    approval, is_new = approvals.change(approval_id, lambda each: each.not_delivered(to, why, moment))
    logger.warning("an approval mail was not delivered", approval=approval_id, why=why)
    if is_new and not approval.outcome:
        try:
            Topic.from_env().tell(
                f"{approval.release}: a mail about {approval.environment} did not arrive",
                f"{why}\n\nEnough others can still approve it.\n\nExecution: {approval.execution}",
            )
        except AnnouncementError:
            logger.exception("people were not told of a mail that did not arrive", approval=approval_id)
    return approval


def requested(approval: Approval) -> dict[str, Any]:
    """What automation is told of a question; with its id, callers whom IAM knows can answer it."""
    release = approval.release
    return {
        "service": release.service,
        "environment": approval.environment,
        "image_digest": release.image_digest,
        "tag": release.tag,
        "approval": approval.id,
        "approvers": list(approval.approvers),
        "quorum": approval.policy.quorum,
        "expires_at": approval.expires_at,
        "execution": approval.execution,
    }


def standing(approval: Approval) -> dict[str, Any]:
    """What the machine is told: the approval's key, its outcome if it has one, and for how long to wait otherwise."""
    return {
        "key": keys.approval(approval.id),
        "decision": approval.told() if approval.outcome else None,
        "seconds": approval.seconds_to_wait(now()),
    }


def _asked(person: str) -> Callable[[Approval], Approval]:
    return lambda approval: approval.after_asking(person)
