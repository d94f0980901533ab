"""Whose answers count, and what is kept of them."""

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from tests.end_to_end.question import ANN, BOB, CAT, Question, all_at_once, decided_events, tells
from tests.end_to_end.service import NewService, Service
from tests.end_to_end.statements import all_statements, removed

pytestmark = pytest.mark.usefixtures("unanswered")
TWO_OF_THREE = {"approvers": [ANN, BOB, CAT], "quorum": 2}


def test_two_who_press_at_the_same_instant_count_once_each_and_the_quorum_once(
    new_service: NewService, automation: Inbox
) -> None:
    question = Question.of_push(new_service(), TWO_OF_THREE).waits()
    forms = {
        each: {"decision": "approved", "reason": f"{each} says so", "nonce": question.nonce(each)}
        for each in (ANN, BOB)
    }
    answers = all_at_once([lambda each=each: question.post(each, **forms[each]) for each in forms])  # type: ignore[misc]
    assert [status for status, _ in answers] == [200, 200]
    output = question.service.succeeds(question.promotion)
    (approval,) = output["approvals"]
    assert (approval["environment"], approval["decision"]) == ("prod", "approved")
    kept = {answer["approver"]: answer for answer in question.decided["answers"]}
    told = {answer["approver"]: answer for answer in approval["answers"]}
    assert set(kept) == set(told) == {ANN, BOB}
    for approver, answer in kept.items():
        assert told[approver].items() <= answer.items()
        assert (answer["identity"], answer["decision"]) == (approver, "approved")
        assert answer["reason"] == f"{approver} says so"
        assert answer["source_ip"] == "127.0.0.1"
        assert answer["user_agent"].startswith("Python-urllib")
        snapshot = question.decided["snapshots"][answer["snapshot"]]
        assert snapshot["digest"] == question.digest
        assert ["memory_mb", None, "256"] in snapshot["differences"][0]["changes"]
    heard = decided_events(automation.all(lambda _: True), question.promotion)
    assert [(event["decision"], len(event["answers"])) for event in heard] == [("approved", 2)]


def test_one_approval_of_two_is_not_enough_and_one_person_gives_no_two(new_service: NewService) -> None:
    question = Question.of_push(new_service(), TWO_OF_THREE).waits()
    first, second = question.nonce(ANN), question.nonce(ANN)
    presses = [lambda: question.post(ANN, decision="approved", nonce=first)] * 2
    for status, page in all_at_once(presses):
        assert status in {200, 409}
        assert "One more approval is needed" in page
    status, page = question.post(ANN, decision="rejected", nonce=second)
    assert (status, "You approved it" in page) == (200, True)
    assert [answer["decision"] for answer in question.approval["answers"]] == ["approved"]
    status, page = question.look(BOB)
    assert (status, f"{ANN} approved at" in page) == (200, True)
    assert question.state["execution"] == "RUNNING"
    question.answer(CAT, "approved")
    question.service.succeeds(question.promotion)


def test_one_rejection_ends_it_and_every_link_shows_who_when_and_why(new_service: NewService) -> None:
    question = Question.of_push(new_service(), TWO_OF_THREE).waits()
    assert question.answer(ANN, "approved")[0] == 200
    reason = 'not on a <b>Friday</b> & "so on"'
    assert question.answer(BOB, "rejected", reason=reason)[0] == 200
    ended = question.service.fails(question.promotion)
    assert "ApprovalRejected" in ended["cause"]
    assert tells(ended["cause"], BOB, reason)
    assert question.service.versions() == []
    for approver in (ANN, BOB, CAT):
        status, page = question.look(approver)
        assert (status, tells(page, BOB, reason)) == (200, True), page


def test_a_nonce_counts_once_for_one_approver_and_one_question(new_service: NewService) -> None:
    question = Question.of_push(new_service(), TWO_OF_THREE).waits()
    another = Question.of_push(new_service(), TWO_OF_THREE).waits()
    good, before = question.nonce(ANN), question.state
    changed = good[:-1] + ("0" if good[-1] != "0" else "1")
    stolen = [good[:-1], good[1:], changed, good.upper(), "x", "..", question.nonce(BOB), another.nonce(ANN)]
    for nonce in stolen:
        status, page = question.post(ANN, decision="approved", nonce=nonce)
        assert (status, "Nothing was changed" in page) == (403, True), nonce
    assert question.state == before
    assert question.post(ANN, decision="approved", nonce=good)[0] == 200
    after = question.state
    status, page = question.post(ANN, decision="rejected", nonce=good)
    assert (status, "This answer was counted already" in page) == (409, True)
    assert question.state == after
    for each in (question, another):
        each.answer(BOB, "rejected")


def test_what_is_live_is_shown_as_it_is_now_and_an_older_page_is_not_taken(new_service: NewService) -> None:
    service = new_service()
    service.add()
    service.release()
    service.release()
    service.change(service.environment(approval={"approvers": [ANN]}))
    question = Question(service, *service.promote()).waits()
    (live,) = service.pipeline.live(service.name).values()
    assert f"version 2 ({live['tag']}), since" in question.look(ANN)[1]
    outdated = question.nonce(ANN)
    service.succeeds(service.roll_back())
    before = question.state
    status, page = question.post(ANN, decision="approved", nonce=outdated)
    assert (status, "The facts have changed since you opened the page: what is live in prod" in page) == (409, True)
    assert question.state == before
    (now,) = service.pipeline.live(service.name).values()
    page = question.look(ANN)[1]
    assert f"version 1 ({now['tag']}), since" in page
    assert "version 2" not in page
    assert question.answer(ANN, "approved")[0] == 200
    service.succeeds(question.promotion)
    (snapshot,) = question.decided["snapshots"].values()
    assert snapshot["differences"][0]["live"] == [f"version 1 ({now['tag']})"]


def test_the_environment_has_to_be_typed_to_approve(new_service: NewService) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN], "confirm": "type-the-environment"}).waits()
    before = question.state
    for typed in ("", "staging", "Prod"):
        status, page = question.answer(ANN, "approved", environment=typed)
        assert (status, "type the environment's name, prod." in page) == (400, True)
    assert question.state == before
    assert question.answer(ANN, "approved", environment="prod")[0] == 200
    question.service.succeeds(question.promotion)


def pushed_by(service: Service, pusher: str, *approvers: str) -> Question:
    """A question about an image whose label says who pushed it."""
    service.add(service.environment(approval={"approvers": list(approvers)}))
    tag = service.tag()
    digest = service.registry.push(service.name, tag, {"app.py": service.app(tag)}, labels={"pushed-by": pusher})
    return Question(service, digest, service.pipeline.promotion_of(digest))


def test_who_pushed_or_started_it_cannot_approve_it_but_can_reject_it(new_service: NewService) -> None:
    by_push = pushed_by(new_service(), "Ann", ANN, BOB).waits()
    service = new_service()
    service.add(service.environment(approval={"approvers": [ANN, BOB]}))
    first = Question(service, *service.promote()).waits()
    is_manual = Question(service, first.digest, service.start(digest=first.digest, started_by=ANN)).waits()
    for question in (by_push, is_manual):
        before = question.state
        status, page = question.answer(ANN, "approved")
        assert (status, "This release is yours" in page) == (403, True)
        assert question.state == before
    assert by_push.answer(BOB, "approved")[0] == 200
    by_push.service.succeeds(by_push.promotion)
    assert is_manual.answer(ANN, "rejected", reason="mine, and wrong")[0] == 200
    is_manual.fails_with("ApprovalRejected", "mine, and wrong")
    first.fails_with("ApprovalSuperseded")


def test_a_quorum_without_who_pushed_it_that_cannot_be_reached_fails_with_what_to_do(new_service: NewService) -> None:
    question = pushed_by(new_service(), ANN, ANN)
    question.fails_with("EnvironmentsNotReadyError", ANN, "Add approvers", "self_approval: true")
    assert question.mails(ANN) == []


def test_of_a_promotion_that_was_stopped_there_is_nothing_to_decide(new_service: NewService) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN]}).waits()
    nonce = question.nonce(ANN)
    question.pipeline.stand_in.client("stepfunctions", ASSETS).stop_execution(executionArn=question.promotion)
    assert question.state["execution"] == "ABORTED"
    for status, page in (question.look(ANN), question.post(ANN, decision="approved", nonce=nonce)):
        # The second one, once ClosePromotion has seen the end too.
        said = "there is nothing left to decide" in page or "there is nothing to answer" in page
        assert (status, said) == (200, True)
    assert question.state["execution"] == "ABORTED"


def test_a_decision_outlives_the_function_that_could_not_tell_it(new_service: NewService, automation: Inbox) -> None:
    question = Question.of_push(new_service(), {"approvers": [ANN]}).waits()
    needed = "DecideApprovalFunctionRole.LetWhatWaitsContinue"
    (telling,) = [each for each in all_statements() if str(each) == needed]
    form = {"decision": "approved", "nonce": question.nonce(ANN)}
    with removed(telling, question.pipeline.stand_in):
        status, page = question.post(ANN, **form)
        assert (status, "could not be notified yet" in page) == (503, True)
    assert question.pipeline.describe(question.promotion)["status"] == "RUNNING"
    assert question.approval["outcome"] == "approved"
    status, page = question.post(ANN, **form)
    assert (status, f"was approved for prod by {ANN}" in page) == (409, True)
    question.service.succeeds(question.promotion)
    assert len(question.decided["answers"]) == 1
    eventually("the event", lambda: decided_events(automation.all(lambda _: True), question.promotion) or None, 5)
