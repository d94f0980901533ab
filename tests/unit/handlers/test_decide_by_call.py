"""Answers of callers that IAM knows: a chat bot, or somebody in a terminal."""

import json
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.promotion.approval_sentences import explain
from tests.unit.handlers.asking import ID, NONCE_KEY, TOKEN, ask, found, outcome_of
from tests.unit.handlers.http_requests import LINK, call, show
from tests.unit.handlers.payloads import BOT, DIGEST, OLD_DIGEST, OPS, Said
from tests.unit.handlers.records import record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

CALLER = "arn:aws:sts::111111111111:assumed-role/bot/session-1"
USER = "arn:aws:iam::111111111111:user/people/carol"


def body_of(answer: Any) -> dict[str, Any]:
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Strict-Transport-Security"] == "max-age=31536000"
    body: dict[str, Any] = json.loads(answer["body"])
    return body


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_named_role_decides_and_the_callers_arn_is_kept(workloads: Workloads, announced: Said, decision: str) -> None:
    ask(workloads, OPS, BOT)
    answer = call(ID, CALLER, decision=decision, reason="said so in #releases")
    assert answer["statusCode"] == 200
    assert body_of(answer) == {"approval": ID, "decision": decision, "explanation": explain(found())}
    (given,) = found().answers
    assert (given.approver, given.identity, given.reason) == (BOT, CALLER, "said so in #releases")
    assert found().snapshots[given.snapshot]["digest"] == DIGEST
    assert given.nonce is None
    assert workloads.executions.answers == {TOKEN: outcome_of(found())}
    assert len(announced()) == 1


def test_a_named_user_decides_too(workloads: Workloads) -> None:
    ask(workloads, USER)
    assert call(ID, USER)["statusCode"] == 200
    assert found().answers[0].approver == USER


def test_a_call_and_a_link_make_a_quorum(workloads: Workloads) -> None:
    ask(workloads, OPS, BOT, quorum=2)
    first = body_of(call(ID, CALLER))
    assert first["decision"] is None
    assert workloads.executions.answers == {}
    assert "<form" in show()["body"]


def test_another_session_of_the_same_role_is_the_same_approver(workloads: Workloads, announced: Said) -> None:
    ask(workloads, OPS, BOT, quorum=2)
    call(ID, CALLER)
    again = call(ID, f"{CALLER}-2", decision="rejected")
    assert again["statusCode"] == 200
    assert len(found().answers) == 1
    assert announced() == []


def test_after_the_end_a_call_gets_the_outcome(workloads: Workloads) -> None:
    ask(workloads, BOT)
    call(ID, CALLER, decision="rejected")
    late = call(ID, CALLER, decision="approved")
    assert (late["statusCode"], body_of(late)["decision"]) == (200, "rejected")


STRANGERS = [
    None,
    "arn:aws:sts::111111111111:assumed-role/another/session-1",
    "arn:aws:sts::222222222222:assumed-role/bot/session-1",
    "arn:aws:iam::111111111111:user/bot",
    "arn:aws:iam::111111111111:root",
    OPS,
]


@pytest.mark.parametrize("caller", STRANGERS)
def test_a_caller_whom_the_manifest_does_not_name_decides_nothing(
    workloads: Workloads, items: Said, caller: str | None
) -> None:
    ask(workloads, OPS, BOT)
    kept = items()
    refusal = call(ID, caller)
    assert refusal["statusCode"] == 403
    assert f"does not name {caller or 'nobody'} among the approvers" in body_of(refusal)["error"]
    assert items() == kept
    assert workloads.executions.answers == {}


def test_people_cannot_approve_their_own_release_as_a_role(workloads: Workloads, items: Said) -> None:
    """The session's name is the person's where people sign in to roles."""
    ask(workloads, OPS, BOT)
    kept = items()
    refusal = call(ID, "arn:aws:sts::111111111111:assumed-role/bot/author@example.com")
    assert refusal["statusCode"] == 403
    assert items() == kept


REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "another digest": (409, f"about {DIGEST}", {"digest": OLD_DIGEST}),
    "no digest": (409, f"about {DIGEST}", {"body": b'{"decision": "approved"}'}),
    "an unknown decision": (400, "approved or rejected", {"decision": "yes"}),
    "a long reason": (400, "longer than 500", {"reason": "x" * 501}),
    "no JSON": (400, "not a JSON object of strings", {"body": b"decision=approved"}),
    "nothing": (400, "not a JSON object of strings", {"body": b""}),
    "a list": (400, "not a JSON object of strings", {"body": b"[]"}),
    "a number": (
        400,
        "not a JSON object of strings: reason is a number.",
        {"body": b'{"decision": "approved", "reason": 1}'},
    ),
    "deep JSON": (400, "not a JSON object of strings", {"body": b"[" * 4096}),
    "no text": (400, "not a JSON object of strings", {"body": b'{"decision": "\xff"}'}),
    "a form": (415, "only accepts JSON", {"content_type": "application/x-www-form-urlencoded"}),
    "too large": (413, "Letters outside the Latin script take more room", {"body": b" " * 4097}),
}


@pytest.mark.parametrize(("status", "sentence", "sent"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_call_gets_the_reason_and_changes_nothing(
    workloads: Workloads, items: Said, status: int, sentence: str, sent: dict[str, Any]
) -> None:
    ask(workloads, BOT)
    kept = items()
    refusal = call(ID, CALLER, **sent)
    assert refusal["statusCode"] == status
    error = body_of(refusal)["error"]
    assert sentence in error
    assert "Nothing was changed. Send" in error or "Nothing was changed. Look" in error
    assert "link" not in error, "there is none"
    assert items() == kept
    assert workloads.executions.answers == {}


def test_a_digest_in_quarantine_cannot_be_approved_by_a_call_either(workloads: Workloads, items: Said) -> None:
    ask(workloads, BOT)
    record_quarantine(DIGEST)
    kept = items()
    refusal = call(ID, CALLER)
    assert refusal["statusCode"] == 409
    assert "rolled back in dev" in body_of(refusal)["error"]
    assert items() == kept
    assert call(ID, CALLER, decision="rejected")["statusCode"] == 200


@pytest.mark.parametrize("approval_id", ["unknown", f'{ID}"', "one\ntwo", f"{ID}/more", ""])
def test_an_unknown_approval_is_not_found(workloads: Workloads, items: Said, approval_id: str) -> None:
    ask(workloads, BOT)
    kept = items()
    refusal = call(approval_id, CALLER)
    assert refusal["statusCode"] == 404
    assert "There is no such approval." in body_of(refusal)["error"]
    assert items() == kept


def test_a_call_has_to_send_the_environments_name(workloads: Workloads, items: Said) -> None:
    ask(workloads, BOT, confirm="type-the-environment")
    kept = items()
    refusal = call(ID, CALLER)
    assert refusal["statusCode"] == 400
    assert '"environment": ' in body_of(refusal)["error"]
    assert items() == kept
    assert call(ID, CALLER, environment="prod")["statusCode"] == 200


def test_half_a_character_in_a_reason_is_kept_as_a_question_mark(workloads: Workloads) -> None:
    ask(workloads, BOT)
    body = json.dumps({"decision": "approved", "digest": DIGEST, "reason": "\ud83d"}).encode()
    assert call(ID, CALLER, body=body)["statusCode"] == 200
    assert found().answers[0].reason == "?"


def test_an_error_of_our_own_does_not_read_as_an_unknown_approval(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(workloads, BOT)
    monkeypatch.delenv("EVENT_BUS")
    del entry.services().events
    with pytest.raises(KeyError):
        call(ID, CALLER)


def test_no_answer_or_log_has_a_secret(workloads: Workloads, logged: list[str]) -> None:
    ask(workloads, OPS, BOT)
    text = call(ID, CALLER)["body"] + call("unknown", CALLER)["body"] + "".join(logged)
    for secret in (TOKEN, LINK, NONCE_KEY):
        assert secret not in text
