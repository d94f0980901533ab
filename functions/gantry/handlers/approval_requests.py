"""What the functions that write to approvers share: a link for each mail, and what a refused mail means."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals
from gantry.aws.ledger import Ledger
from gantry.aws.mail import APPROVAL_TAG, KIND_TAG, Mail, MailKind
from gantry.aws.notifications import Topic
from gantry.aws.quarantines import Quarantines
from gantry.handlers.observability import logger
from gantry.handlers.settings import approval_base_url
from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import sections
from gantry.promotion.approval_link import Link, link_key
from gantry.promotion.approval_mail import Message, question, reminder
from gantry.promotion.approver import has_mail
from gantry.promotion.errors import MailError, NotificationError
from gantry.promotion.sections import Section
from gantry.promotion.timestamps import iso

Compose = Callable[[Approval, Sequence[Section], str], Message]


def now() -> str:
    """ISO 8601, UTC."""
    return iso(datetime.now(UTC))


def ask(approval: Approval, approvals: Approvals) -> Approval:
    """Write to everybody who may answer and was not asked yet; the approval as it is afterwards.

    A retry goes on where a try before got no further. A mail goes out twice only when that one died after SES had taken
    the mail, and before the ledger knew. Who cannot be reached is noted, and it ends when too few people are left.
    """
    for person in [each for each in approval.approvers if each not in approval.asked]:
        if approval.outcome or not _is_reachable(person, approval):
            continue
        try:
            _write_to(person, approval, approvals, question, "question")
        except MailError as error:
            approval = note_undelivered(approval.id, approvals, person, str(error))
        else:
            approval, _ = approvals.change(approval.id, _asked(person))
    return approval


def remind(people: Iterable[str], approval: Approval, approvals: Approvals) -> Approval:
    """Write to people who were asked before; the approval as it is by then.

    They have a link from the mail before and can answer all the same, so that whatever goes wrong is only logged.
    """
    for person in people:
        try:
            approval = approvals.get(approval.id)
            if not approval.outcome and _is_reachable(person, approval):
                _write_to(person, approval, approvals, reminder, "reminder")
        except (MailError, BotoCoreError, ClientError) as error:
            logger.warning("a reminder was not delivered", approval=approval.id, why=str(error))
    return approval


def send(person: str, message: Message, approval: Approval, kind: MailKind) -> None:
    """Send a mail about an approval.

    Raises:
        MailError: SES refuses it for a reason that trying again does not change.
    """
    tags = {APPROVAL_TAG: approval.id, KIND_TAG: kind}
    Mail.from_env().send(person, message.subject, message.text, message.html, tags)


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
                f"{why}\n\nEnough others can still approve it. Correct the address in the manifest "
                f"before the next promotion.\n\nExecution: {approval.execution}",
            )
        except NotificationError:
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


def _is_reachable(person: str, approval: Approval) -> bool:
    return has_mail(person) and person not in approval.undeliverable


def _write_to(person: str, approval: Approval, approvals: Approvals, compose: Compose, kind: MailKind) -> None:
    """Send somebody what is asked, with a link of their own."""
    release = approval.release
    quarantine = Quarantines.from_env().last(release.service, release.image_digest)
    told = sections(approval, Ledger.from_env().live(release.service), now(), quarantine)
    link_id = secrets.token_urlsafe(32)
    approvals.add_link(link_key(link_id), Link(approval.id, person, secrets.token_hex(32)), approval)
    send(person, compose(approval, told, f"{approval_base_url()}/approvals/{link_id}"), approval, kind)


def _asked(person: str) -> Callable[[Approval], Approval]:
    return lambda approval: approval.after_asking(person)
