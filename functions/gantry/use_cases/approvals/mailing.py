"""Mails to approvers, with a link of their own, and what happens when a mail is refused."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.mail import APPROVAL_TAG, KIND_TAG, MailKind
from gantry.observability import logger
from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import fact_sections
from gantry.promotion.approval_link import Link, link_key
from gantry.promotion.approval_mail import ApprovalMail, question_mail, reminder_mail, supersession_mail
from gantry.promotion.approver import has_mail
from gantry.promotion.errors import MailError, NotificationError
from gantry.promotion.fact_section import FactSection
from gantry.promotion.live import Live
from gantry.promotion.messages import mail_undelivered
from gantry.promotion.quarantine import Quarantine
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.services import Services

Compose = Callable[[Approval, Sequence[FactSection], str], ApprovalMail]


class _Letters:
    """Mails about one approval. What is live, and the quarantine, are read once for all of them."""

    def __init__(self, approval: Approval, services: Services) -> None:
        self._release = approval.release
        self._services = services

    @cached_property
    def _lives(self) -> tuple[Live, ...]:
        return self._services.ledger.live(self._release.service)

    @cached_property
    def _quarantine(self) -> Quarantine | None:
        return self._services.quarantines.last(self._release.service, self._release.digest)

    def write(self, person: str, approval: Approval, compose: Compose, kind: MailKind) -> None:
        """Send somebody the question as it is by now, with a link of their own."""
        sections = fact_sections(approval, self._lives, now(), self._quarantine)
        link_id, link = secrets.token_urlsafe(32), Link(approval.id, person, secrets.token_hex(32))
        self._services.approvals.add_link(link_key(link_id), link, approval)
        url = f"{self._services.approval_base_url}/approvals/{link_id}"
        _send(person, compose(approval, sections, url), approval, kind, self._services)


def ask(approval: Approval, services: Services) -> Approval:
    """Write to every approver who was not asked yet. Return the approval as it is afterwards.

    A retry continues after the last mail. A mail is sent twice only if the function crashed after SES had accepted it
    and before the ledger knew. A refused mail is noted, and the approval ends when too few approvers are left.
    """
    letters = _Letters(approval, services)
    for person in [each for each in approval.approvers if each not in approval.asked]:
        if approval.outcome or not _is_reachable(person, approval):
            continue
        try:
            letters.write(person, approval, question_mail, "question")
        except MailError as error:
            approval = note_undelivered(approval.id, person, str(error), services)
        else:
            approval, _ = services.approvals.change(approval.id, _after_asking(person), approval)
    return approval


def remind(people: Iterable[str], approval: Approval, services: Services) -> Approval:
    """Write again to people who were asked before. Return the approval as it is by then.

    They have a link from the first mail and can answer with it, so any failure is only logged.
    """
    letters = _Letters(approval, services)
    for person in people:
        try:
            approval = services.approvals.get(approval.id)  # read anew: somebody may answer while mails are sent
            if not approval.outcome and _is_reachable(person, approval):
                letters.write(person, approval, reminder_mail, "reminder")
        except (MailError, BotoCoreError, ClientError) as error:
            logger.warning("reminder not delivered", approval=approval.id, reason=str(error))
    return approval


def notify_superseded(approval: Approval, services: Services) -> None:
    """Send everybody who was asked the notice that there is nothing left to answer."""
    mail = supersession_mail(approval)
    for person in filter(has_mail, approval.asked):
        try:
            _send(person, mail, approval, "notice", services)
        except (MailError, BotoCoreError, ClientError):
            logger.exception("notice of a superseded approval not delivered", approval=approval.id)


def note_undelivered(approval_id: str, to: str, reason: str, services: Services) -> Approval:
    """Note that an approver cannot be reached, and notify the team, as the approver cannot complain themselves.

    Return the approval as it is afterwards.
    """
    at = now()
    approval, is_new = services.approvals.change(approval_id, lambda each: each.not_delivered(to, reason, at))
    logger.warning("approval mail not delivered", approval=approval_id, reason=reason)
    if is_new and not approval.outcome:
        try:
            services.topic.publish(mail_undelivered(approval, reason))
        except NotificationError:
            logger.exception("message about an undelivered mail not published", approval=approval_id)
    return approval


def _is_reachable(person: str, approval: Approval) -> bool:
    return has_mail(person) and person not in approval.undeliverable


def _send(person: str, mail: ApprovalMail, approval: Approval, kind: MailKind, services: Services) -> None:
    tags = {APPROVAL_TAG: approval.id, KIND_TAG: kind}
    services.mail.send(person, mail.subject, mail.text, mail.html, tags)


def _after_asking(person: str) -> Callable[[Approval], Approval]:
    return lambda approval: approval.after_asking(person)
