"""Following a link decides nothing, whoever does it and however; and what decides is nowhere to be read."""

import itertools
import json
from dataclasses import dataclass
from hashlib import sha256

import pytest
from boto3.dynamodb.types import TypeDeserializer

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.question import ANN, BOB, Question, tells, text_of
from tests.end_to_end.service import Json, NewService

pytestmark = pytest.mark.usefixtures("unanswered")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Looked:
    """What came of every harmless request, before and after the decision."""

    question: Question
    first: Json
    """Everything that a decision would change, before the requests."""
    waiting: list[tuple[str, int, str]]
    waited: Json
    decided: list[tuple[str, int, str]]
    last: tuple[Json, Json]
    """The same before and after the requests that came after the decision."""


@pytest.fixture(scope="module")
def looked(new_service: NewService, people: Inbox, automation: Inbox) -> Looked:
    question = Question.of_push(new_service(), {"approvers": [ANN, BOB]}).waits()
    link, nonce = question.link(ANN), question.nonce(ANN)
    before = question.state
    waiting = harmless(question.pipeline, link, nonce)
    waited = question.state
    assert question.post(ANN, decision="approved", nonce=nonce, reason="it is good")[0] == 200
    question.service.succeeds(question.promotion)
    after = question.state
    decided = harmless(question.pipeline, link, nonce)
    return Looked(question, before, waiting, waited, decided, (after, question.state))


def harmless(pipeline: Pipeline, link: str, nonce: str) -> list[tuple[str, int, str]]:
    """GET, HEAD and OPTIONS in every order, the other methods, and a link that has the form's fields in it."""
    orders = itertools.chain.from_iterable(itertools.permutations(("GET", "HEAD", "OPTIONS")))
    answers = [(method, *pipeline.http(method, link)) for method in [*orders, "PUT", "DELETE", "PATCH"]]
    fields = f"decision=approved&nonce={nonce}"
    answers += [("GET", *pipeline.http("GET", f"{link}?{fields}"))]
    return [*answers, ("PUT", *pipeline.http("PUT", link, fields.encode(), {"Content-Type": FORM}))]


def test_no_method_but_post_decides_in_any_order(looked: Looked) -> None:
    assert looked.waited == looked.first
    assert looked.first["execution"] == "RUNNING"
    answers = [(status, 'value="approved"' in page) for method, status, page in looked.waiting if method == "GET"]
    assert answers == [(200, True)] * 7


def test_no_method_changes_what_was_decided_and_every_get_shows_it(looked: Looked) -> None:
    before, after = looked.last
    assert after == before
    answers = [
        (status, tells(text_of(page), ANN, "it is good"), "<form" in page)
        for method, status, page in looked.decided
        if method == "GET"
    ]
    assert answers == [(200, True, False)] * 7


def test_methods_without_a_route_are_answered_by_the_api_alone(looked: Looked) -> None:
    others = {(method, status) for method, status, _ in looked.waiting + looked.decided if method != "GET"}
    assert others == {(method, 404) for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")}


def test_no_cache_keeps_the_page_no_frame_shows_it_and_nothing_is_loaded(looked: Looked) -> None:
    question = looked.question
    _, _, headers = question.pipeline.exchange("GET", question.link(BOB))
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= set(policy)
    assert not [each for each in policy if "script" in each]


def test_what_is_no_valid_form_gets_a_clear_sentence_and_changes_nothing(new_service: NewService) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN]}).waits()
    link, before = question.link(ANN), question.state
    good = {"decision": "approved", "nonce": question.nonce(ANN)}
    wrong = [
        (400, "approved or rejected", {**good, "decision": "maybe"}),
        (400, "approved or rejected", {"nonce": good["nonce"]}),
        (400, "does not come from the approval page", {"decision": "approved"}),
        (400, "longer than 500 characters", {**good, "reason": "x" * 501}),
        (413, "longer than 4096 bytes", {**good, "reason": "x" * 4096}),
    ]
    for status, sentence, fields in wrong:
        answered, page = question.post(ANN, **fields)
        assert (answered, sentence in page, "Nothing was changed" in page) == (status, True, True), page
    for content_type in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        body = json.dumps(good).encode()
        assert question.pipeline.http("POST", link, body, {"Content-Type": content_type})[0] == 415
    assert question.state == before
    assert question.post(ANN, **good)[0] == 200


def test_a_link_that_nobody_was_sent_tells_nothing(looked: Looked) -> None:
    link, pipeline = looked.question.link(ANN), looked.question.pipeline
    base, _, known = link.rpartition("/")
    approval = looked.question.item["pk"].partition("#")[2]
    wrong = [known[:-1], f"{known}x", known.swapcase(), "x" * 43, approval, sha256(known.encode()).hexdigest()]
    answers = {pipeline.http("GET", f"{base}/{each}") for each in wrong}
    answers |= {pipeline.post(f"{base}/{each}", decision="approved", nonce="x") for each in wrong}
    ((status, page),) = answers
    assert status == 404
    assert not [word for word in (looked.question.service.name, ANN, looked.question.digest) if word in page]


def test_task_token_link_and_nonce_key_are_nowhere_but_where_they_belong(
    looked: Looked, people: Inbox, automation: Inbox
) -> None:
    question, stand_in = looked.question, looked.question.pipeline.stand_in
    link_id = question.link(ANN).rpartition("/")[2]
    link_key = f"link#{sha256(link_id.encode()).hexdigest()}"
    ((found, links), token) = _ledger(question.pipeline, link_key), question.item["task_token"]
    secrets = {"link": link_id, "nonce key": str(links["nonce_key"]), "task token": str(token)}
    logs = stand_in.client("logs", ASSETS)
    groups = [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"]]
    logged = [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    assert any(question.promotion in message for message in logged)
    told = [*people.all(lambda _: True), *automation.all(lambda _: True)]
    assert any(question.promotion in json.dumps(each) for each in told)
    places = {
        "the ledger": [each for each in found if each["pk"] not in (links["pk"], question.item["pk"])],
        "the approval": question.approval,
        "the functions' logs": logged,
        "events and messages": told,
        "pages": [looked.waiting, looked.decided],
        "the execution": question.pipeline.describe(question.promotion),
    }
    texts = {place: json.dumps(what, default=str) for place, what in places.items()}
    assert [(name, place) for name, secret in secrets.items() for place, text in texts.items() if secret in text] == []
    assert link_id not in json.dumps(links, default=str)


def _ledger(pipeline: Pipeline, link_key: str) -> tuple[list[Json], Json]:
    """The whole ledger, and of it the item of one link."""
    pages = pipeline.stand_in.client("dynamodb", ASSETS).get_paginator("scan")
    decode = TypeDeserializer().deserialize
    found = [
        {name: decode(value) for name, value in item.items()}
        for page in pages.paginate(TableName=pipeline.outputs["LedgerTableName"])
        for item in page["Items"]
    ]
    (link,) = [each for each in found if each["pk"] == link_key]
    return found, link
