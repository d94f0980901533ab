"""Whatever ends a promotion is recorded and told, and nobody is asked about what is over."""

import json
from typing import Any

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.question import ANN, BOB, Question, decided_events
from tests.end_to_end.service import NewService
from tests.end_to_end.statements import disabled, physical_id

SCHEDULED: dict[str, Any] = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
"""https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""


def told(people: Inbox, execution: str) -> list[dict[str, Any]]:
    return people.all(lambda message: f"Execution: {execution}" in message["Message"])


def failed_events(automation: Inbox, execution: str) -> list[dict[str, Any]]:
    found = [event["detail"] for event in automation.all(lambda event: event["detail-type"] == "Promotion Failed")]
    return [detail for detail in found if detail["execution"] == execution]


def close(pipeline: Pipeline, event: dict[str, Any]) -> list[str]:
    """Invoke ClosePromotion; the promotions that it has closed."""
    name = physical_id(pipeline.stand_in, "gantry", ASSETS, "ClosePromotionFunction")
    answer = pipeline.stand_in.client("lambda", ASSETS).invoke(FunctionName=name, Payload=json.dumps(event).encode())
    closed: list[str] = json.loads(answer["Payload"].read())["closed"]
    return closed


@pytest.fixture(scope="module")
def stopped(new_service: NewService, people: Inbox, automation: Inbox) -> Question:
    """A promotion that a person stops while it waits for people, one of whom has answered."""
    question = Question.of_push(new_service(), {"approvers": [ANN, BOB], "quorum": 2}).waits()
    assert question.answer(ANN, "approved")[0] == 200
    question.link(BOB)
    question.service.stop(question.promotion)
    return question


def test_people_hear_once_of_a_promotion_that_is_stopped(
    stopped: Question, pipeline: Pipeline, people: Inbox, automation: Inbox
) -> None:
    (message,) = eventually("news of the stop", lambda: told(people, stopped.promotion) or None, 20)
    assert message["Subject"] == f"{stopped.service.name}: promotion stopped"
    assert "ABORTED" in message["Message"]
    (entry,) = stopped.service.history("promotion_failed")
    assert (entry["execution"], entry["facts"]["error"]) == (stopped.promotion, "ABORTED")
    (event,) = eventually("the event", lambda: failed_events(automation, stopped.promotion) or None, 10)
    assert (event["service"], event["digest"], event["error"]) == (stopped.service.name, stopped.digest, "ABORTED")

    assert stopped.promotion not in close(pipeline, SCHEDULED)
    assert len(told(people, stopped.promotion)) == len(failed_events(automation, stopped.promotion)) == 1


def test_the_question_of_a_stopped_promotion_is_closed(stopped: Question, automation: Inbox) -> None:
    eventually("the end of the approval", lambda: stopped.approval.get("outcome"), 20)
    status, page = stopped.look(BOB)
    assert (status, "has ended before prod was decided" in page, "Reject" in page) == (200, True, False)
    assert (stopped.decided["decision"], len(stopped.decided["answers"])) == ("stopped", 1)
    everything = automation.all(lambda _: True)
    assert [each["decision"] for each in decided_events(everything, stopped.promotion)] == ["stopped"]


def test_the_gate_of_a_stopped_promotion_keeps_nobody_out(stopped: Question) -> None:
    service = stopped.service
    next_one = Question(service, *service.promote()).waits()
    for approver in (ANN, BOB):
        assert next_one.answer(approver, "approved")[0] == 200
    service.succeeds(next_one.promotion)
    assert service.running("1") == next_one.digest


def test_people_hear_of_an_input_that_is_too_large_for_a_state(new_service: NewService, people: Inbox) -> None:
    """An execution takes 256 KiB, and a state that is given the input with anything else does not."""
    service = new_service()
    service.add()
    promotion = service.start(tag="a" * 261_980)
    assert service.pipeline.wait(promotion)["error"] == "States.DataLimitExceeded"
    (message,) = eventually("news of the failure", lambda: told(people, promotion) or None, 20)
    assert message["Subject"] == f"{service.name}: promotion failed"
    assert "States.DataLimitExceeded" in message["Message"]
    (entry,) = service.history("promotion_failed")
    assert (entry["execution"], entry["facts"]["error"]) == (promotion, "States.DataLimitExceeded")


def test_without_its_event_the_schedule_finds_a_promotion_that_has_ended(
    new_service: NewService, pipeline: Pipeline, people: Inbox
) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN]}).waits()
    with disabled(pipeline.stand_in, "PromotionEndedBadly"):
        question.service.stop(question.promotion)
        assert pipeline.wait(question.promotion)["status"] == "ABORTED"
        assert close(pipeline, SCHEDULED) == [question.promotion]
    assert len(told(people, question.promotion)) == 1
    assert question.approval["outcome"] == "stopped"
