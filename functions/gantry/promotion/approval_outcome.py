"""The outcome of an approval, as the promotion's execution, the events and the history get it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Decision, Outcome
from gantry.promotion.approval_sentences import explain


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One answer, without what only the ledger keeps about it."""

    approver: str
    identity: str
    decision: Decision
    at: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """How an approval ended. About a canary, `approved` means to promote it anyway, and `rejected` to roll it back."""

    decision: Outcome
    environment: str
    explanation: str
    """A sentence or two for people."""
    decided_at: str
    superseded_by: str | None
    answers: tuple[AnswerFacts, ...]
    live: Mapping[str, str]
    """What was live on each target, in words, for whoever approved last."""


def outcome_facts(approval: Approval) -> OutcomeFacts | None:
    """Return how an approval ended; None while it has no outcome."""
    if approval.outcome is None:
        return None
    return OutcomeFacts(
        decision=approval.outcome,
        environment=approval.environment,
        explanation=explain(approval),
        decided_at=approval.ended_at or approval.expires_at,
        superseded_by=approval.superseded_by,
        answers=tuple(
            AnswerFacts(each.approver, each.identity, each.decision, each.at, each.reason) for each in approval.answers
        ),
        live=approval.seen,
    )


def history_facts(approval: Approval, outcome: OutcomeFacts) -> dict[str, Any]:
    """Return what the history keeps of an outcome: more about the answers than anybody else gets."""
    answers = [
        asdict(facts) | {"snapshot": answer.snapshot, "source_ip": answer.source_ip, "user_agent": answer.user_agent}
        for facts, answer in zip(outcome.answers, approval.answers, strict=True)
    ]
    release = {"digest": approval.release.digest, "tag": approval.release.tag}
    return release | asdict(outcome) | {"answers": answers, "snapshots": dict(approval.snapshots)}
