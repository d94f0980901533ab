"""Who answers: a caller whom IAM knows, and an approver who has to sign in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.driver.approvals import nonce_on
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.issuer import Issuer
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.end_to_end.question import ANN, BOB, Question
from tests.end_to_end.service import Json, NewService
from tests.end_to_end.statements import parameters_of
from tests.sandbox.given import a_role, allow
from tests.sandbox.plain_api import assumed, request, signature, signed

pytestmark = pytest.mark.usefixtures("unanswered")
AUDIENCE = "gantry"


@dataclass(frozen=True)
class Bot:
    """A program that may call the route for decisions."""

    role: str
    keys: Keys


@pytest.fixture(scope="module")
def bots(pipeline: Pipeline) -> tuple[Bot, Bot]:
    may = allow("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ASSETS}:*/$default/POST/decisions/*")
    trusts = {"AWS": f"arn:aws:iam::{ASSETS}:root"}
    roles = [a_role(pipeline.stand_in, may, trusts=trusts) for _ in range(2)]
    first, second = [Bot(role, assumed(pipeline.stand_in, role, "chat-4711")) for role in roles]
    return first, second


def test_a_call_decides_only_with_the_signature_of_whom_the_manifest_names(
    new_service: NewService, bots: tuple[Bot, Bot]
) -> None:
    named, other = bots
    question = Question.of_push(new_service(), {"approvers": [ANN, named.role], "quorum": 2}).waits()
    url = f"{question.pipeline.outputs['ApprovalUrl']}/decisions/{question.item['pk'].partition('#')[2]}"
    call = {"decision": "approved", "digest": question.digest, "reason": "the chat says so"}
    body, before = json.dumps(call).encode(), question.state
    assert request(url, "POST", body, {"Content-Type": "application/json"}).status == 403
    assert signed(url, named.keys._replace(secret="another"), body).status == 403
    answers = {
        "does not name": (403, _call(url, other, call)),
        "This approval is about": (409, _call(url, named, call | {"digest": f"sha256:{'0' * 64}"})),
        "approved or rejected": (400, _call(url, named, call | {"decision": "maybe"})),
        "no such approval": (404, _call(f"{url}0", named, call)),
    }
    for words, (wanted, (status, told)) in answers.items():
        assert (status, words in told["error"]) == (wanted, True), told
    assert question.state == before
    status, told = _call(url, named, call)
    assert (status, told["decision"]) == (200, None)
    assert question.answer(ANN, "approved")[0] == 200
    output = question.service.succeeds(question.promotion)
    by_call, by_link = output["approvals"][0]["answers"]
    session = f"arn:aws:sts::{ASSETS}:assumed-role/{named.role.rpartition('/')[2]}/chat-4711"
    assert (by_call["approver"], by_call["identity"]) == (named.role, session)
    assert (by_call["reason"], by_link["identity"]) == ("the chat says so", ANN)
    assert question.mails(named.role) == []


def _call(url: str, bot: Bot, call: dict[str, str]) -> tuple[int, Json]:
    """As a program sends it, which says what the body is."""
    body = json.dumps(call).encode()
    answer = request(url, "POST", body, {**signature(url, bot.keys, body), "Content-Type": "application/json"})
    return answer.status, answer.body


@pytest.fixture(scope="module")
def issuer(pipeline: Pipeline) -> Iterator[Issuer]:
    """The stack asks for a sign-in at this issuer, while tests of this module use it."""
    with (
        Issuer() as running,
        parameters_of(pipeline.stand_in, "gantry", SignInIssuer=running.url, SignInAudience=AUDIENCE),
    ):
        yield running


def test_with_an_issuer_only_the_approver_who_is_signed_in_reads_and_decides(
    new_service: NewService, issuer: Issuer
) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN]}).waits()
    link, before, exchange = question.link(ANN), question.state, question.pipeline.exchange
    ann, bob = ({"Authorization": f"Bearer {issuer.token(email=each, audience=AUDIENCE)}"} for each in (ANN, BOB))
    unverified = issuer.token(email=ANN, audience=AUDIENCE, email_verified=False)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, page, _ = exchange("GET", link, headers=ann)
    assert status == 200
    body = f"decision=approved&reason=signed&nonce={nonce_on(page)}".encode()
    for headers, wanted in (
        ({}, 401),
        ({"Authorization": "Bearer a.b.c"}, 401),
        ({"Authorization": f"Bearer {issuer.token(email=ANN, audience='another')}"}, 401),
        (bob, 403),
        ({"Authorization": f"Bearer {unverified}"}, 403),
    ):
        assert exchange("GET", link, headers=headers)[0] == wanted
        status, page, _ = exchange("POST", link, body, {**headers, **form})
        assert (status, ANN in page) == (wanted, False)
    assert question.state == before
    assert exchange("POST", link, body, {**ann, **form})[0] == 200
    output = question.service.succeeds(question.promotion)
    (answer,) = output["approvals"][0]["answers"]
    assert (answer["approver"], answer["reason"]) == (ANN, "signed")
    assert answer["identity"] == f"{ANN} (signed in as {ANN} at {issuer.url})"
