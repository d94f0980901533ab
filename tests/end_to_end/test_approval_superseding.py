"""Of several releases in front of one environment, people are asked about the newest only."""

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.waiting import eventually
from tests.end_to_end.question import ANN, BOB, Question, decided_events
from tests.end_to_end.service import NewService

pytestmark = pytest.mark.usefixtures("unanswered")


def test_a_newer_release_at_the_gate_takes_the_older_ones_place(new_service: NewService, automation: Inbox) -> None:
    older = Question.of_push(new_service(), {"approvers": [ANN, BOB], "quorum": 2}).waits()
    assert older.answer(ANN, "approved")[0] == 200
    nonce = older.nonce(BOB)
    links = {approver: older.link(approver) for approver in (ANN, BOB)}
    newer = Question(older.service, *older.service.promote()).waits()
    older.fails_with("ApprovalSuperseded", newer_name := newer.mail(ANN).subject.split()[2])
    for approver, link in links.items():
        told = older.mail(approver, 2)
        assert told.subject.startswith("No longer needed: ")
        assert newer_name in told.text
        assert told.links == ()
        status, page = older.pipeline.http("GET", link)
        assert (status, newer_name in page, "<form" in page) == (200, True, False)
    status, page = older.post(BOB, decision="approved", nonce=nonce)
    assert (status, "which is newer" in page) == (200, True)
    ended = older.decided
    assert (ended["decision"], len(ended["answers"])) == ("superseded", 1)
    assert newer_name in ended["superseded_by"]
    eventually("the event", lambda: decided_events(automation.all(lambda _: True), older.promotion) or None, 10)
    for approver in (ANN, BOB):
        assert newer.answer(approver, "approved")[0] == 200
    newer.service.succeeds(newer.promotion)
    assert newer.service.running("1") == newer.digest


def test_an_older_release_that_arrives_later_ends_by_itself_and_asks_nobody(new_service: NewService) -> None:
    service = new_service()
    service.add(
        service.environment("staging", approval={"approvers": [BOB]}),
        service.environment("prod", approval={"approvers": [ANN]}),
    )
    older = Question(service, *service.promote(), "staging").waits()
    tag = service.tag()
    service.pipeline.push(service.name, f"not-a-release-{tag}", service.app(tag))
    started = service.start(tag=f"not-a-release-{tag}", environments=["prod"])
    newer = Question(service, "", started).waits()
    assert older.answer(BOB, "approved")[0] == 200
    older.fails_with("ApprovalSuperseded", f"not-a-release-{tag}")
    assert older.mails(ANN) == []
    assert newer.answer(ANN, "approved")[0] == 200
    service.succeeds(newer.promotion)
