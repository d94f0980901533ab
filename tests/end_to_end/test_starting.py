"""Who started a promotion: a push, a caller whom IAM knows, or somebody of whom nothing is proved."""

import json
import uuid
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.end_to_end.busy import push_event
from tests.end_to_end.question import BOB, Question
from tests.end_to_end.service import APPROVER, NewService
from tests.end_to_end.statements import all_statements, physical_id, removed
from tests.sandbox.given import a_role, allow
from tests.sandbox.plain_api import Answer, assumed, request, signature

STARTER = "dev@example.com"


@pytest.fixture(scope="module")
def developer(pipeline: Pipeline) -> tuple[str, Keys]:
    """The ARN of a session that may start promotions, and its keys."""
    may = allow("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ASSETS}:*/$default/POST/promotions")
    role = a_role(pipeline.stand_in, may, trusts={"AWS": f"arn:aws:iam::{ASSETS}:root"})
    name = role.rpartition("/")[2]
    return f"arn:aws:sts::{ASSETS}:assumed-role/{name}/{STARTER}", assumed(pipeline.stand_in, role, STARTER)


def call(pipeline: Pipeline, keys: Keys, wish: dict[str, Any], **headers: str) -> Answer:
    """Start a promotion as a program does."""
    url = f"{pipeline.outputs['ApprovalUrl']}/promotions"
    body = json.dumps(wish).encode()
    return request(url, "POST", body, {**signature(url, keys, body), "Content-Type": "application/json", **headers})


def test_a_signed_call_starts_one_promotion_and_says_who_it_was(
    new_service: NewService, developer: tuple[str, Keys], automation: Inbox
) -> None:
    service, (caller, keys) = new_service(), developer
    service.add(
        service.environment("dev"), service.environment("prod", approval={"approvers": [APPROVER, STARTER, BOB]})
    )
    digest = service.push("feature")
    wish, again = {"repository": service.name, "tag": "feature"}, {"Idempotency-Key": str(uuid.uuid4())}
    url = f"{service.pipeline.outputs['ApprovalUrl']}/promotions"
    assert request(url, "POST", json.dumps(wish).encode(), {"Content-Type": "application/json"}).status == 403
    assert call(service.pipeline, keys, wish | {"started_by": BOB}).status == 400
    first, second = (call(service.pipeline, keys, wish, **again) for _ in range(2))
    assert (first.status, second.status, second.body) == (202, 202, first.body)
    assert call(service.pipeline, keys, wish | {"tag": "another"}, **again).status == 409
    question = Question(service, digest, first.body["execution"]).waits()
    assert f"“{caller}”, by a signed call" in question.mails(APPROVER)[0].text
    status, page = question.answer(STARTER, "approved")
    assert (status, "This release is yours" in page) == (403, True)
    started = automation.one("the start", lambda event: event["detail"]["execution"] == question.promotion)
    assert (started["detail"]["started_by"], started["detail"]["is_verified"]) == (caller, True)
    assert question.answer(BOB, "rejected")[0] == 200
    assert len([each for each in service.history("promotion_started") if each["execution"] == question.promotion]) == 1


def test_an_event_that_a_person_types_is_no_push(new_service: NewService, pipeline: Pipeline) -> None:
    service = new_service()
    service.add(service.environment("dev"))
    tag = service.tag()
    digest = service.push(tag)
    promotion = pipeline.promotion_of(digest)
    service.succeeds(promotion)
    ended = service.fails(pipeline.start("Promotion", push_event(service.name, tag, digest)))
    assert "InvalidRequestError: This is an event, and only StartPromotion" in ended["cause"]
    copied = json.loads(pipeline.describe(promotion)["input"])
    assert copied == {"repository": service.name, "tag": tag, "digest": digest}
    service.succeeds(pipeline.start("Promotion", copied))
    by_push, by_hand = (each["facts"] for each in service.history("promotion_started"))
    assert [(each["is_manual"], each["is_verified"]) for each in (by_push, by_hand)] == [(False, True), (True, False)]


def test_a_push_that_cannot_be_started_is_kept_for_people(new_service: NewService, pipeline: Pipeline) -> None:
    service, stand_in = new_service(), pipeline.stand_in
    service.add(service.environment("dev"))
    statement = next(each for each in all_statements() if str(each) == "StartPromotionFunctionRole.StartPromotions")
    queue = Inbox(stand_in, physical_id(stand_in, "gantry", ASSETS, "UndeliveredEvents"))
    tag = service.tag()
    with removed(statement, stand_in):
        digest = service.push(tag)
        kept = queue.one("the push", lambda message: tag in json.dumps(message), seconds=30)
    assert (kept["detail-type"], kept["detail"]["image-digest"]) == ("ECR Image Action", digest)
    assert "not authorized to perform: states:StartExecution" in kept["attributes"]["ErrorMessage"]
    service.succeeds(service.start(tag=tag))


def test_nobody_gives_an_untagged_image_the_name_of_a_release(new_service: NewService) -> None:
    service = new_service()
    service.add(service.environment("dev"))
    released, tag = service.release(), service.tag()
    service.registry.push(service.name, tag, {"app.py": service.app("another")})
    untagged = service.registry.push(service.name, None, {"app.py": service.app("in secret")})
    for digest, words in ((untagged, "it has no tag"), (released, "its tags are ")):
        ended = service.fails(service.start(digest=digest, tag=tag))
        assert f"is not tagged {tag}: {words}" in ended["cause"]
    assert service.running(service.routing(DEV)["version"], DEV) != untagged
