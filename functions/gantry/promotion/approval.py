"""An approval: the question, the people who may answer it, the deadline, the answers and the outcome.

An approval never changes in place: each method that records something returns the approval as it is afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Literal

from gantry.promotion.approval_answer import Answer, Outcome
from gantry.promotion.approval_link import fingerprint
from gantry.promotion.approval_quorum import is_reachable, may_approve
from gantry.promotion.approval_snapshots import Snapshot, live_in, with_snapshot
from gantry.promotion.approver import folded
from gantry.promotion.canary_question import CanaryQuestion
from gantry.promotion.carriage import Carriage
from gantry.promotion.content_changes import ContentComparison
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.timestamps import later, moment
from gantry.promotion.visible_text import one_line, shortened

LONGEST_WAIT = 7_200
"""Seconds. Then the machine checks for an outcome that could not be delivered to it."""

_LONGEST_REASON = 500  # characters that are kept of a mail server's reason, which can have any length


@dataclass(frozen=True, slots=True)
class Approval:
    """One question about one release and one environment."""

    id: str
    environment: str
    release: Release
    origin: PromotionOrigin
    policy: ApprovalPolicy
    targets: tuple[Target, ...]
    settings: Mapping[str, str]
    """What the release sets in the environment's configuration, masked for people, for targets of one kind."""
    alarms: tuple[str, ...]
    """The alarms that watch the release."""
    firing: tuple[str, ...]
    """Those that were in ALARM already when people were asked, each with its account and region."""
    execution: str
    """The ARN of the execution that asks: the promotion's, or the deployment's for a question about a canary."""
    started_at: str
    """When the promotion was started. Of two releases at one gate, the one that was started later is the newer."""
    requested_at: str
    """ISO 8601, UTC; so are the other moments."""
    expires_at: str
    drafts: tuple[Mapping[str, str], ...] = ()
    """What the release takes from each target, masked for people; empty in approvals of before they were kept."""
    asked: tuple[str, ...] = ()
    """Everybody whose mail SES has accepted."""
    undeliverable: Mapping[str, str] = field(default_factory=dict)  # why a mail did not arrive, by approver
    is_reminded: bool = False
    is_escalated: bool = False
    answers: tuple[Answer, ...] = ()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    """The facts that people saw when they answered, by fingerprint: the release and what it changes."""
    outcome: Outcome | None = None
    ended_at: str | None = None
    superseded_by: str | None = None
    """The release that replaced this one, for people."""
    settings_of_kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # instead, where there are several
    carried: Carriage = field(default_factory=dict)  # how the release is to be carried into the environment
    forecast: str | None = None  # how long a verdict on the canary will take; None where nothing is judged
    ends: str | None = None  # how long the environment will take from the approval on; None in older approvals
    rules: tuple[str, ...] = ()  # what was found to be met before anybody was asked, in sentences
    contents: tuple[ContentComparison, ...] = ()  # what changes inside an artifact that is an object
    seen: Mapping[str, str] = field(default_factory=dict)
    """What was live on each target, in words, for whoever approved last."""
    why_again: str | None = None  # why people are asked once more, after an approval that does not hold any more
    asked_again: str | None = None
    """The id of the approval that has replaced this one; None while it holds."""
    is_supersession_notified: bool = False
    """Whether everybody who was asked has been sent the notice that a newer release replaced this one."""
    canary: CanaryQuestion | None = None
    """The canary of which too little is known; None for a question before a deployment."""
    revision: int = 0
    """Counts the changes, so that no change overwrites another."""

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everybody who may answer by now."""
        return (*self.policy.approvers, *(self.policy.escalate_to if self.is_escalated else ()))

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Everybody who has approved so far."""
        return tuple(answer.approver for answer in self.answers if answer.decision == "approved")

    @property
    def unreached(self) -> Mapping[str, str]:
        """Those who have not answered and could not be reached, each with the reason."""
        return {person: reason for person, reason in self.undeliverable.items() if not self.answer_of(person)}

    @property
    def can_be_approved(self) -> bool:
        """Whether the approvals so far, and those that can still come, now or by escalation, are enough."""
        return is_reachable(self.policy, self.origin, self.unreached)

    def answer_of(self, approver: str) -> Answer | None:
        """Return somebody's answer; None when they have not answered."""
        return next((answer for answer in self.answers if answer.approver == approver), None)

    def may_approve(self, person: str) -> bool:
        """Whether the policy lets somebody approve: not their own release, unless it says so."""
        return may_approve(self.policy, self.origin, person)

    def status(self, now: str) -> Outcome | Literal["pending"]:
        """Return the outcome as it is at `now` (ISO 8601, UTC), whether or not the machine has noticed it yet."""
        return self.outcome or ("expired" if now >= self.expires_at else "pending")

    def is_reminder_due(self, now: str) -> bool:
        """Whether everybody who has not answered is to be reminded now."""
        return self._reminder_at is not None and now >= self._reminder_at

    def is_escalation_due(self, now: str) -> bool:
        """Whether others are to be asked too now."""
        return self._escalation_at is not None and now >= self._escalation_at

    def seconds_to_wait(self, now: str) -> int:
        """Return how long it is until something is due; at least 1, the shortest time-out of a state."""
        due = min(filter(None, (self._reminder_at, self._escalation_at, self.expires_at)))
        return max(1, min(LONGEST_WAIT, ceil((moment(due) - moment(now)).total_seconds())))

    def after_asking(self, person: str) -> "Approval":
        """Return the approval once a mail was sent to somebody."""
        return self if person in self.asked else replace(self, asked=(*self.asked, person))

    def reminded(self) -> "Approval":
        """Return the approval once everybody was reminded, which happens once."""
        return self if self.outcome else replace(self, is_reminded=True)

    def escalated(self) -> "Approval":
        """Return the approval once others may answer too."""
        return self if self.outcome else replace(self, is_escalated=True)

    def answered(self, answer: Answer, snapshot: Snapshot | None = None) -> "Approval":
        """Return the approval with one more answer. The last missing approval ends it, and so does any other answer.

        An answer after the end, and a second answer of the same approver, change nothing.

        Args:
            answer: the answer.
            snapshot: the facts that the approver saw; None when they are not known.
        """
        if self.outcome or self.answer_of(answer.approver):
            return self
        after = self
        if snapshot is not None:
            answer = replace(answer, snapshot=fingerprint(snapshot))
            after = replace(self, snapshots=with_snapshot(self.snapshots, snapshot), seen=live_in(snapshot))
        after = replace(after, answers=(*self.answers, answer))
        if answer.decision != "approved":
            return after.ended(answer.decision, answer.at)
        return after.ended("approved", answer.at) if len(after.approved_by) >= self.policy.quorum else after

    def ended(self, outcome: Outcome, at: str, superseded_by: str | None = None) -> "Approval":
        """Return the approval with its outcome. The first outcome stays."""
        return self if self.outcome else replace(self, outcome=outcome, ended_at=at, superseded_by=superseded_by)

    def supersession_notified(self) -> "Approval":
        """Return the approval once everybody who was asked has been sent the notice that it was superseded."""
        return replace(self, is_supersession_notified=True)

    def not_delivered(self, to: str, reason: str, at: str) -> "Approval":
        """Return the approval once a mail to somebody has failed. It ends when too few approvers are left.

        After the end, or once that person has answered, nothing changes.

        Args:
            to: the address. A mail server may spell it in other capitals than the manifest. Strangers do not count.
            reason: what SES or the mail server says. A long text is cut.
            at: ISO 8601, UTC.
        """
        person = next((each for each in self._people if folded(each) == folded(to)), None)
        if self.outcome or person is None or self.answer_of(person):
            return self
        reasons = {**self.undeliverable, person: shortened(one_line(reason), _LONGEST_REASON)}
        after = replace(self, undeliverable=reasons)
        return after if after.can_be_approved else after.ended("undeliverable", at)

    @property
    def _people(self) -> tuple[str, ...]:
        """Everybody who may answer, now or after the escalation."""
        return (*self.policy.approvers, *self.policy.escalate_to)

    @property
    def _reminder_at(self) -> str | None:
        return None if self.is_reminded else later(self.requested_at, self.policy.reminder_after_seconds)

    @property
    def _escalation_at(self) -> str | None:
        return None if self.is_escalated else later(self.requested_at, self.policy.escalate_after_seconds)
