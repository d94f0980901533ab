"""One approver in front of one approval: the facts that they see, and whether they can answer."""

import secrets
from dataclasses import dataclass

from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import fact_sections, snapshot
from gantry.promotion.approval_link import Link, link_key, make_nonce
from gantry.promotion.approval_sentences import objection, why_closed
from gantry.promotion.approval_snapshots import Snapshot
from gantry.promotion.approver import named_by
from gantry.promotion.fact_section import FactSection
from gantry.promotion.live import Live
from gantry.promotion.quarantine import Quarantine, in_force
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.approvals.errors import AnswerForbiddenError, ApprovalNotFoundError
from gantry.use_cases.approvals.sign_in import SignIn, identity_of
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class ApprovalSession:
    """Everything as it was when the session was opened. An answer is added to whatever has happened since."""

    approval: Approval
    approver: str
    """As the manifest names them."""
    identity: str
    """Who they are, as far as it is proved."""
    now: str
    lives: tuple[Live, ...]
    """What is live on all the targets of the service."""
    last_quarantine: Quarantine | None
    """The last one that the digest came into."""
    is_running: bool
    """Whether the execution that asks is running."""

    @property
    def closed(self) -> str | None:
        """Why there is nothing to answer, in words; None when there is."""
        return why_closed(self.approval, self.approver, self.now, is_running=self.is_running)

    @property
    def objection(self) -> str | None:
        """Why the approver cannot approve the release, in a sentence or two; None when they can."""
        return objection(self.approval, self.approver, self.last_quarantine)

    @property
    def may_wait(self) -> bool:
        """Whether the approver can let a canary be watched longer. One whose digest is quarantined has to go."""
        canary = self.approval.canary
        return canary is not None and canary.offers_waiting(self.now) and not in_force(self.last_quarantine)

    @property
    def sections(self) -> tuple[FactSection, ...]:
        """The facts for the approver."""
        return fact_sections(self.approval, self.lives, self.now, self.last_quarantine)

    @property
    def snapshot(self) -> Snapshot:
        """The facts that an answer is about."""
        return snapshot(self.approval, self.lives, self.last_quarantine)


@dataclass(frozen=True, slots=True)
class LinkVisit:
    """Somebody who has opened a link."""

    link_id: str
    sign_in: SignIn


def open_by_link(visit: LinkVisit, services: Services) -> tuple[ApprovalSession, Link]:
    """Open the session of a link's approver.

    Raises:
        ApprovalNotFoundError: the link leads nowhere.
        AnswerForbiddenError: the visitor has not signed in as the link's approver.
    """
    link = services.approvals.link(link_key(visit.link_id))
    if link is None:
        raise ApprovalNotFoundError
    identity = identity_of(link.approver, visit.sign_in, services.sign_in_issuer)
    return _opened(services.approvals.get(link.approval_id), link.approver, identity, services), link


def open_by_id(approval_id: str, caller: str, services: Services) -> ApprovalSession:
    """Open the session of a caller that IAM knows.

    Raises:
        ApprovalNotFoundError: there is no such approval.
        AnswerForbiddenError: the caller is none of its approvers.
    """
    try:
        approval = services.approvals.get(approval_id)
    except LookupError as error:
        raise ApprovalNotFoundError from error
    approver = named_by(caller, approval.approvers)
    if approver is None:
        raise AnswerForbiddenError(
            f"The manifest does not name {caller} among the approvers.",
            "Add the ARN of the role or user to approvers there.",
        )
    return _opened(approval, approver, caller, services)


def new_nonce(session: ApprovalSession, link: Link) -> str:
    """Return a nonce for a page that shows the facts of this session."""
    return make_nonce(link, session.snapshot, secrets.token_hex(16))


def _opened(approval: Approval, approver: str, identity: str, services: Services) -> ApprovalSession:
    """Read everything that a session knows."""
    release = approval.release
    return ApprovalSession(
        approval=approval,
        approver=approver,
        identity=identity,
        now=now(),
        lives=services.ledger.live(release.service),
        last_quarantine=services.quarantines.last(release.service, release.digest),
        is_running=services.executions.is_running(approval.execution),
    )
