"""An approval: what is asked, of whom, until when, how they answered, and what came of it.

An approval never changes in place: each method that says what happened gives the approval as it is afterwards.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil
from typing import Any, Literal

from gantry.promotion.approval_link import fingerprint
from gantry.promotion.approval_snapshots import with_one_more
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso, moment, readable

LONGEST_WAIT = 7_200
"""Seconds. Then the machine looks whether there is an outcome that nobody could tell it of; with what a manifest lets
people take, that stays far below the 25,000 events that an execution may have:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

Decision = Literal["approved", "rejected"]
"""What one approver answers."""
Outcome = Literal["approved", "rejected", "expired", "superseded", "undeliverable"]
"""How an approval ends."""

_LONGEST_WHY = 500
"""Characters of what a mail server says; it says what it likes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one approver decided, with everything that is kept of it."""

    approver: str
    """As the manifest names them."""
    decision: Decision
    at: str
    """ISO 8601, UTC."""
    identity: str
    """Who it was, as far as it is proved: the address the link went to, the subject of a token, or a caller's ARN."""
    source_ip: str
    user_agent: str
    shown: str = ""
    """The fingerprint of what they were shown, which the approval keeps."""
    reason: str | None = None
    nonce: str | None = None
    """The hash of the page's nonce, which no other answer can carry."""


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
    """What the release sets in the environment's configuration, as people may see it."""
    alarms: tuple[str, ...]
    """What watches the release."""
    firing: tuple[str, ...]
    """Which of them were in ALARM already when it was asked, each with its account and region."""
    execution: str
    """The ARN of the promotion's execution."""
    started_at: str
    """When that execution was started. Of two releases at one gate the one that was started later is the newer."""
    requested_at: str
    """ISO 8601, UTC; so are the other moments."""
    expires_at: str

    asked: tuple[str, ...] = ()
    """Whom SES has taken a mail for."""
    undeliverable: Mapping[str, str] = field(default_factory=dict)
    """Why a mail did not arrive, by approver."""
    is_reminded: bool = False
    is_escalated: bool = False
    answers: tuple[Answer, ...] = ()
    shown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What those who answered were shown, by fingerprint: the release and the difference to what was live."""
    outcome: Outcome | None = None
    ended_at: str | None = None
    superseded_by: str | None = None
    """The release that took its place, in words."""
    is_supersession_notified: bool = False
    """Whether those who were asked have been sent a mail that another one took its place."""
    revision: int = 0
    """Counts the changes, so that of two at the same time one is made on top of the other."""

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everybody who may answer by now."""
        return (*self.policy.approvers, *(self.policy.escalate_to if self.is_escalated else ()))

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Who has approved so far."""
        return tuple(answer.approver for answer in self.answers if answer.decision == "approved")

    @property
    def unreached(self) -> Mapping[str, str]:
        """Who has not answered and cannot be expected to, with the reason."""
        return {person: why for person, why in self.undeliverable.items() if not self.answer_of(person)}

    @property
    def can_be_approved(self) -> bool:
        """Whether those who have approved and those who still may, now or by escalation, are enough for the quorum."""
        able = [each for each in self._people if self.may_approve(each) and each not in self.unreached]
        return len(able) >= self.policy.quorum

    def answer_of(self, approver: str) -> Answer | None:
        """What somebody has answered."""
        return next((answer for answer in self.answers if answer.approver == approver), None)

    def may_approve(self, person: str) -> bool:
        """Whether somebody may say yes: who pushed it or started it may only where the policy says so."""
        return self.policy.self_approval or not self.origin.is_by(person)

    def status(self, now: str) -> Outcome | Literal["pending"]:
        """What a person who looks at `now` (ISO 8601, UTC) should be told."""
        return self.outcome or ("expired" if now >= self.expires_at else "pending")

    def closed_for(self, approver: str, now: str, *, is_running: bool) -> str | None:
        """Why somebody has nothing to decide (any more), in a sentence or two; None when they have.

        Args:
            approver: who asks.
            now: ISO 8601, UTC.
            is_running: whether the promotion's execution goes on.
        """
        status = self.status(now)
        if status != "pending":
            return self.ended(status, self.expires_at).explain()
        if not is_running:
            return "The promotion has ended without waiting for the answers, so there is nothing to decide any more."
        if answer := self.answer_of(approver):
            missing = self.policy.quorum - len(self.approved_by)
            needed = "One more approval is" if missing == 1 else f"{missing} more approvals are"
            until = readable(self.expires_at)
            return f"You {answer.decision} it at {readable(answer.at)}. {needed} needed by {until}."
        return None

    def is_due(self, moment_of_it: str | None, now: str) -> bool:
        """Whether one of the moments below has come."""
        return moment_of_it is not None and now >= moment_of_it

    @property
    def reminder_at(self) -> str | None:
        """When those who have not answered are reminded; None when they are not, or were already."""
        return None if self.is_reminded else self._after(self.policy.reminder_after_seconds)

    @property
    def escalation_at(self) -> str | None:
        """When others are asked too; None when they are not, or were already."""
        return None if self.is_escalated else self._after(self.policy.escalate_after_seconds)

    def seconds_to_wait(self, now: str) -> int:
        """How long until something is due; at least 1, which is the shortest time-out of a state."""
        due = min(filter(None, (self.reminder_at, self.escalation_at, self.expires_at)))
        return max(1, min(LONGEST_WAIT, ceil((moment(due) - moment(now)).total_seconds())))

    def after_asking(self, person: str) -> "Approval":
        """With one more whom a mail was sent to."""
        return self if person in self.asked else replace(self, asked=(*self.asked, person))

    def reminded(self) -> "Approval":
        """With those reminded who have not answered; once is enough."""
        return self if self.outcome else replace(self, is_reminded=True)

    def escalated(self) -> "Approval":
        """With others who may answer too."""
        return self if self.outcome else replace(self, is_escalated=True)

    def answered(self, answer: Answer, shown: Mapping[str, Any] | None = None) -> "Approval":
        """With one more answer. One rejection ends it, and so does the last approval that was missing.

        What comes after the end, and a second answer of the same approver, changes nothing.

        Args:
            answer: what was decided.
            shown: what they were shown before; None when that is not known.
        """
        if self.outcome or self.answer_of(answer.approver):
            return self
        kept = self.shown
        if shown is not None:
            answer, kept = replace(answer, shown=fingerprint(shown)), with_one_more(kept, shown)
        after = replace(self, answers=(*self.answers, answer), shown=kept)
        if answer.decision == "rejected":
            return after.ended("rejected", answer.at)
        return after.ended("approved", answer.at) if len(after.approved_by) >= self.policy.quorum else after

    def ended(self, outcome: Outcome, at: str, superseded_by: str | None = None) -> "Approval":
        """With its outcome; the first one stays."""
        if self.outcome:
            return self
        return replace(self, outcome=outcome, ended_at=at, superseded_by=superseded_by)

    def supersession_notified(self) -> "Approval":
        """With those told who were asked about what another one took the place of."""
        return replace(self, is_supersession_notified=True)

    def not_delivered(self, to: str, why: str, at: str) -> "Approval":
        """Somebody cannot be reached by mail. It ends when the others are not enough.

        After the end, and of somebody who has answered, it is no news.

        Args:
            to: the address; a mail server may tell it in other capitals than the manifest.
            why: what SES or the mail server says; a long text is cut.
            at: ISO 8601, UTC.
        """
        person = next((each for each in self._people if each.casefold() == to.casefold()), to)
        if self.outcome or self.answer_of(person):
            return self
        after = replace(self, undeliverable={**self.undeliverable, person: " ".join(why.split())[:_LONGEST_WHY]})
        return after if after.can_be_approved else after.ended("undeliverable", at)

    def explain(self) -> str:
        """How it ended, in a sentence or two for people."""
        release, environment = self.release, self.environment
        match self.outcome:
            case "approved" | "rejected" as decision:
                who = _and([_in_words(answer) for answer in self.answers if answer.decision == decision])
                return f"{release} was {decision} for {environment} by {who}."
            case "superseded":
                return f"{self.superseded_by} is newer and took the place of {release} in front of {environment}."
            case "undeliverable":
                why = "; ".join(each.rstrip(".") for each in self.unreached.values())
                return (
                    f"Too few of those who may approve {release} for {environment} can be reached by mail: {why}. "
                    "Put that right, or name others in the manifest, then start the promotion again."
                )
            case _:
                return (
                    f"{self._so_far} by {readable(self.expires_at)}, so {release} counts as rejected for "
                    f"{environment}. Asked: {_and(self.approvers)}. To ask again, start the promotion again."
                )

    def told(self) -> dict[str, Any]:
        """What the promotion's execution, the history and the events are told of the outcome."""
        return {
            "decision": self.outcome,
            "environment": self.environment,
            "explanation": self.explain(),
            "decided_at": self.ended_at,
            "superseded_by": self.superseded_by,
            "answers": [
                {
                    "approver": answer.approver,
                    "identity": answer.identity,
                    "decision": answer.decision,
                    "at": answer.at,
                    "reason": answer.reason,
                }
                for answer in self.answers
            ],
        }

    @property
    def _people(self) -> tuple[str, ...]:
        """Everybody who may answer sooner or later."""
        return (*self.policy.approvers, *self.policy.escalate_to)

    @property
    def _so_far(self) -> str:
        count, quorum = len(self.approved_by), self.policy.quorum
        return f"Only {count} of the {quorum} approvals that are needed came" if count else "Nobody answered"

    def _after(self, seconds: int | None) -> str | None:
        return None if seconds is None else iso(moment(self.requested_at) + timedelta(seconds=seconds))


def approval_id(execution: str, environment: str) -> str:
    """The same when the request is made twice, so that a retry finds the approval instead of asking for a second."""
    return hashlib.sha256(f"{execution}/{environment}".encode()).hexdigest()[:32]


def _in_words(answer: Answer) -> str:
    told = f"{answer.identity} at {readable(answer.at)}"
    return f"{told} ({' '.join(answer.reason.split()).rstrip('.')})" if answer.reason else told


def _and(people: Sequence[str]) -> str:
    *others, last = people
    return f"{', '.join(others)} and {last}" if others else last
