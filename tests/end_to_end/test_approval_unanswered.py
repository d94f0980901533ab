"""What happens when people do not answer in time."""

import json
import re

from sandbox.driver.inbox import Inbox
from sandbox.driver.waiting import eventually
from tests.end_to_end.question import ANN, BOB, CAT, decided_events, text_of
from tests.end_to_end.unanswered import Unanswered

MORE_THAN_A_MINUTE = 90


def test_too_few_answers_in_time_end_the_promotion_and_every_link_says_so(
    unanswered: Unanswered, automation: Inbox
) -> None:
    question = unanswered.expiring
    question.fails_with("ApprovalExpired", "Only 1 of the 2 required approvals arrived", ANN, BOB)
    assert question.service.versions() == []
    assert (question.decided["decision"], len(question.decided["answers"])) == ("expired", 1)
    for approver in (ANN, BOB):
        status, page = question.look(approver)
        assert status == 200
        assert "counts as rejected for prod" in page
    before = question.state
    status, page = question.post(BOB, decision="approved", nonce=unanswered.nonce)
    assert (status, "counts as rejected for prod" in page) == (200, True)
    assert question.state == before
    (event,) = eventually(
        "the event", lambda: decided_events(automation.all(lambda _: True), question.promotion) or None, 10
    )
    assert event["decision"] == "expired"


def test_only_who_has_not_answered_is_reminded_and_both_links_work(unanswered: Unanswered) -> None:
    question = unanswered.reminding
    eventually("a reminder", lambda: question.mails(BOB)[1:] or None, MORE_THAN_A_MINUTE)
    asked, reminded = question.mails(BOB)
    assert reminded.subject == f"Reminder: {asked.subject[0].lower()}{asked.subject[1:]}"
    assert asked.links != reminded.links
    pages = [question.pipeline.http("GET", mail.links[0]) for mail in (asked, reminded)]
    assert [(status, "<form" in page) for status, page in pages] == [(200, True)] * 2
    assert question.answer(BOB, "approved")[0] == 200
    status, page = question.pipeline.http("GET", reminded.links[0])
    assert (status, re.search(f"was approved for prod by {ANN} at .* and {BOB} at", text_of(page)) is not None) == (
        200,
        True,
    )
    question.service.succeeds(question.promotion)
    assert (len(question.mails(ANN)), len(question.mails(BOB))) == (1, 2)
    assert question.pipeline.states(question.promotion).count("FollowUpApproval") == 1


def test_after_a_time_others_may_answer_too(unanswered: Unanswered) -> None:
    question = unanswered.escalating
    eventually("an escalation", lambda: question.mails(CAT) or None, MORE_THAN_A_MINUTE)
    asked_first, asked_later = question.mail(ANN), question.mail(CAT)
    assert asked_first.subject == asked_later.subject
    assert question.answer(CAT, "approved", reason="Ann is away")[0] == 200
    output = question.service.succeeds(question.promotion)
    (approval,) = output["approvals"]
    assert [answer["approver"] for answer in approval["answers"]] == [CAT]
    assert "Ann is away" in json.dumps(output)
    assert len(question.mails(ANN)) == 1
