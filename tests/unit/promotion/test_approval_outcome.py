from dataclasses import asdict, replace
from typing import Any

from gantry.promotion.approval_outcome import history_facts, outcome_facts
from gantry.promotion.approval_sentences import explain
from tests.unit.promotion.an_approval import ALICE, EARLY, LATE, answer, asked

SNAPSHOT = {"tag": "4f0c2d1"}
ENDED = asked().answered(replace(answer(ALICE, "rejected", "not on a Friday"), nonce="hash"), SNAPSHOT)
ANSWER = {"approver": ALICE, "identity": ALICE, "decision": "rejected", "at": EARLY, "reason": "not on a Friday"}
FACTS: dict[str, Any] = {
    "decision": "rejected",
    "environment": "prod",
    "explanation": explain(ENDED),
    "decided_at": EARLY,
    "superseded_by": None,
    "live": {},
}


def test_the_machine_gets_the_answers_without_what_only_the_ledger_keeps() -> None:
    outcome = outcome_facts(ENDED)
    assert outcome
    assert asdict(outcome) == FACTS | {"answers": (ANSWER,)}


def test_the_history_keeps_where_the_answers_came_from_and_what_people_saw() -> None:
    outcome = outcome_facts(ENDED)
    assert outcome
    (fingerprint,) = ENDED.snapshots
    kept = ANSWER | {"snapshot": fingerprint, "source_ip": "192.0.2.1", "user_agent": ""}
    release = {"digest": ENDED.release.digest, "tag": "4f0c2d1"}
    expected = release | FACTS | {"answers": [kept], "snapshots": {fingerprint: SNAPSHOT}}
    assert history_facts(ENDED, outcome) == expected


def test_a_superseded_approval_names_the_newer_release() -> None:
    outcome = outcome_facts(asked().ended("superseded", LATE, "cowsay 5e1a77b"))
    assert outcome
    assert (outcome.decided_at, outcome.superseded_by) == (LATE, "cowsay 5e1a77b")


def test_a_pending_approval_has_no_outcome() -> None:
    assert outcome_facts(asked()) is None
