"""One approver in front of one approval: what they are shown, and what is done with their answer."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.utilities.data_classes.common import RequestContextV2Http
from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.approvals import Approvals
from gantry.aws.executions import Executions
from gantry.aws.ledger import Ledger
from gantry.aws.quarantines import Quarantines
from gantry.handlers.approval_form import Given, NotTakenError
from gantry.handlers.approval_outcome import conclude
from gantry.handlers.observability import logger
from gantry.promotion.approval import Answer, Approval
from gantry.promotion.approval_facts import sections, shown
from gantry.promotion.approval_link import Link, check_nonce, nonce_hash
from gantry.promotion.quarantine import in_force
from gantry.promotion.sections import Section
from gantry.promotion.timestamps import iso

_TO_DO = "You can reject it."
_LONGEST_USER_AGENT = 500
"""Characters of what a browser says of itself; it says what it likes."""


class CountedError(Exception):
    """An answer was sent a second time; the message says what came of the first."""


class NotToldError(Exception):
    """An outcome is kept, and what follows from it failed half-way: whoever sends an answer again helps it on."""


class Desk:
    """Everything as it is when the desk is made; an answer is counted on top of whatever has come since."""

    def __init__(self, approvals: Approvals, approval: Approval, approver: str) -> None:
        self.approval = approval
        self._approvals = approvals
        self._approver = approver
        self._now = iso(datetime.now(UTC))
        release = approval.release
        self._lives = Ledger.from_env().live(release.service)
        self._last_quarantine = Quarantines.from_env().last(release.service, release.image_digest)
        self._quarantine = in_force(self._last_quarantine)
        self._is_running = Executions.from_env().is_running(approval.execution)

    @property
    def closed(self) -> str | None:
        """Why there is nothing to answer (any more), in words; None when there is."""
        return self.approval.closed_for(self._approver, self._now, is_running=self._is_running)

    @property
    def objection(self) -> str | None:
        """Why the approver can only reject it, in a sentence or two; None when they can approve it."""
        if self._quarantine:
            return f"{self._quarantine.explain()}."
        return None if self.approval.may_approve(self._approver) else _own_release(self.approval)

    @property
    def facts(self) -> tuple[Section, ...]:
        """What the approver is told."""
        return sections(self.approval, self._lives, self._now, self._last_quarantine)

    @property
    def shown(self) -> dict[str, object]:
        """What an answer is about."""
        return shown(self.approval, self._lives, self._last_quarantine)

    def check_nonce(self, link: Link, nonce: str) -> None:
        """Make sure that the page gave this nonce for what it would show now, and that it was not used before.

        Raises:
            NotTakenError: the page did not give it, or would show something else now.
            CountedError: it was used. An outcome that the machine was not told of is told again on the way.
            NotToldError: that failed.
        """
        answer = self.approval.answer_of(self._approver)
        if answer and answer.nonce == nonce_hash(nonce):
            self._conclude()
            raise CountedError(f"This answer was counted already. {self.closed}")
        verdict = check_nonce(nonce, link, self.shown)
        if verdict == "forged":
            raise NotTakenError(HTTPStatus.FORBIDDEN, "The answer does not come from this approval's page.")
        if verdict == "outdated" and not self.closed:
            message = (
                f"What is live in {self.approval.environment} has changed since you opened the page, "
                "or whether the image was released from quarantine."
            )
            raise NotTakenError(HTTPStatus.CONFLICT, message, "Open the link from the mail once more, and look again.")

    def take(self, given: Given, identity: str, http: RequestContextV2Http, nonce: str | None = None) -> None:
        """Count the answer, unless there is nothing to answer any more.

        Args:
            given: what was filled in.
            identity: who gave it, as far as it is proved.
            http: where it came from.
            nonce: the hash of the page's nonce; None when it came without a page.

        Raises:
            NotTakenError: this approver may not say this, or has not confirmed it.
            NotToldError: it counts, and telling the promotion failed.
        """
        if self.closed:
            self._conclude()
            return
        if given.decision == "approved":
            self._insist_on_permission(given, identity)
        answer = Answer(
            approver=self._approver,
            decision=given.decision,
            at=self._now,
            identity=identity,
            source_ip=http.source_ip,
            user_agent=(http.get("userAgent") or "none")[:_LONGEST_USER_AGENT],
            reason=given.reason,
            nonce=nonce,
        )
        self.approval, is_taken = self._approvals.change(
            self.approval.id,
            lambda each: each.answered(answer, self.shown),
        )
        logger.info("approval answered", approval=self.approval.id, decision=given.decision, is_taken=is_taken)
        self._conclude()

    def _insist_on_permission(self, given: Given, identity: str) -> None:
        approval = self.approval
        if self._quarantine:
            raise NotTakenError(HTTPStatus.CONFLICT, str(self.objection), _TO_DO)
        if self.objection or not approval.may_approve(identity):
            raise NotTakenError(HTTPStatus.FORBIDDEN, _own_release(approval), _TO_DO)
        if approval.policy.confirm and given.environment != approval.environment:
            message = f"To approve it, the environment's name, {approval.environment}, has to be typed."
            raise NotTakenError(HTTPStatus.BAD_REQUEST, message)

    def _conclude(self) -> None:
        if not self.approval.outcome:
            return
        try:
            conclude(self.approval, self._approvals)
        except (BotoCoreError, ClientError) as error:
            logger.exception("an outcome was kept and not told", approval=self.approval.id)
            raise NotToldError(f"{self.closed} The promotion could not be told of it yet.") from error


def _own_release(approval: Approval) -> str:
    return (
        f"This release is yours ({approval.origin}), and self_approval in the manifest is false, "
        "so others have to approve it."
    )
