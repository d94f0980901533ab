"""The question about a canary of which too little is known: what is asked, who can end it, and what people read."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Decision
from gantry.promotion.approval_facts import fact_sections, snapshot
from gantry.promotion.approval_link import fingerprint
from gantry.promotion.approval_mail import question_mail, reminder_mail
from gantry.promotion.approval_page import AnswerChoices, question_page, status_page
from gantry.promotion.approval_sentences import explain, why_closed
from gantry.promotion.canary_question import KnownOfCanary, last_minutes, waiting_offered_until
from gantry.promotion.judge.rollout_limits import ASK_SECONDS, LONGEST_ROLLOUT, longest_rollout_seconds
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.timestamps import iso, moment
from gantry.promotion.traffic import Step
from tests.unit.handlers.mails import as_text
from tests.unit.promotion.an_approval import (
    ALICE,
    BOB,
    CAROL,
    EARLY,
    MINUTES,
    REASON,
    a_canary,
    a_question,
    after,
    answer,
)

ASKED_AT = "2026-11-22T09:00:00.000Z"
PLAN = (Step(10, 600), Step(50, 1_200))
LINK = "https://approvals.example.com/approvals/secret"


def page(question: Approval, *, may_wait: bool = True, objection: str | None = None) -> str:
    sections = fact_sections(question, [], EARLY)
    return question_page(question, sections, ALICE, "a-nonce", AnswerChoices(objection, may_wait))


def buttons(html: str) -> list[str]:
    return re.findall(r'<button name="decision" value="(\w+)"', html)


def test_promoting_anyway_needs_as_many_as_an_approval() -> None:
    question = a_question(quorum=2)

    once = after(question, answer(ALICE))

    assert once.outcome is None
    assert after(once, answer(BOB)).outcome == "approved"


@pytest.mark.parametrize("decision", ["rejected", "keep_waiting"])
def test_one_answer_is_enough_to_roll_back_or_to_keep_waiting(decision: Decision) -> None:
    assert after(a_question(quorum=2), answer(ALICE), answer(BOB, decision)).outcome == decision


def test_the_first_of_two_different_answers_counts() -> None:
    question = after(a_question(), answer(ALICE, "keep_waiting"), answer(BOB, "rejected"))

    assert (question.outcome, [each.approver for each in question.answers]) == ("keep_waiting", [ALICE])


def waiting_until(asked_after: int, **changed: Any) -> str | None:
    """Until when waiting is offered, if people are asked so many hours after the rollout began."""
    since = moment(ASKED_AT) - timedelta(hours=asked_after)
    settings = JudgeSettings(on_inconclusive="ask", **changed)
    return waiting_offered_until(iso(since), ASKED_AT, PLAN, longest_rollout_seconds(PLAN, settings))


@pytest.mark.parametrize("bake_after_seconds", [0, 3600])
def test_waiting_is_offered_only_if_all_that_may_follow_still_ends_in_time(bake_after_seconds: int) -> None:
    until = waiting_until(11, bake_after_seconds=bake_after_seconds)

    assert until
    to_come = 7_200 + 1_800 + ASK_SECONDS + bake_after_seconds + 3_600
    began = moment(ASKED_AT) - timedelta(hours=11)
    assert moment(until) + timedelta(seconds=to_come) == began + timedelta(seconds=LONGEST_ROLLOUT)


def test_checks_before_the_rollout_count_too() -> None:
    since = iso(moment(ASKED_AT) - timedelta(hours=11))
    settings = JudgeSettings(on_inconclusive="ask")

    longest = [longest_rollout_seconds(PLAN, settings, checks_take) for checks_take in (0, 600)]
    without, checked = (waiting_offered_until(since, ASKED_AT, PLAN, each) for each in longest)

    assert without
    assert checked
    assert moment(without) - moment(checked) == timedelta(seconds=600)


def test_waiting_is_offered_no_longer_than_people_have_to_answer() -> None:
    assert waiting_until(2) == iso(moment(ASKED_AT) + timedelta(seconds=ASK_SECONDS))


def test_waiting_is_not_offered_when_the_rollout_would_take_too_long() -> None:
    assert waiting_until(13) is None
    assert waiting_until(3, max_bake_seconds=12 * 3600) is None


def test_an_offer_to_wait_ends() -> None:
    canary = a_canary(keep_waiting_until="2026-11-22T13:00:00.000Z")

    assert canary.offers_waiting("2026-11-22T12:59:59.999Z")
    assert not canary.offers_waiting("2026-11-22T13:00:00.000Z")
    assert not a_canary(keep_waiting_until=None).offers_waiting(EARLY)


def test_only_the_last_four_hours_are_kept() -> None:
    many = [replace(MINUTES[0], at=MINUTES[0].at + timedelta(minutes=each)) for each in range(1_440)]

    kept = last_minutes(many)

    assert len(kept) == 240
    assert kept[-1].as_minute() == many[-1]


def test_the_page_has_the_question_the_numbers_the_reasons_and_what_each_answer_does() -> None:
    html = page(a_question())

    text = as_text(html)
    assert "Too little is known of cowsay 4f0c2d1 in prod: promote it anyway?" in text
    assert REASON in text
    assert "Version 8, new 10 requests, 1 failed, 10.00 %" in text
    assert "Version 7, stable 2,160 requests, 3 failed, 0.14 %" in text
    assert "3 minutes from 2026-11-22 08:30 UTC on" in text
    assert "Promote anyway the next step for version 8" in text
    assert "Alarms errors; one that changes to ALARM rolls it back at once" in text
    assert "Keep waiting still 10 %, watched for 2h more; possible until 2026-11-22 13:00 UTC" in text
    assert "any one of 3 approvers to promote it anyway; one answer is enough for anything else" in text


def test_a_canary_that_is_held_at_a_smaller_weight_gets_its_own_again() -> None:
    held = a_question(a_canary(weight=10, watched_weight=50, step=2))

    text = as_text(page(held))
    assert "Traffic now 10 % on version 8" in text
    assert "can only go on" not in text
    assert "Keep waiting 50 % again, watched for 2h more" in text
    assert explain(after(held, answer(ALICE, "keep_waiting"))).endswith(
        "It gets 50 % again, and is watched for 2h more."
    )


def test_a_canary_that_keeps_its_weight_is_not_said_to_get_it_again() -> None:
    kept = a_question(a_canary(weight=50, watched_weight=50, step=2))

    text = as_text(page(kept))
    assert "while people think: the service can only go on, or all the way back" in text
    assert "Traffic now 50 % on version 8" in text
    assert "Keep waiting still 50 %, watched for 2h more" in text
    assert explain(after(kept, answer(ALICE, "keep_waiting"))).endswith("It keeps 50 %, and is watched for 2h more.")


def test_after_the_last_step_the_page_says_that_all_traffic_comes_next() -> None:
    assert "Promote anyway all traffic for version 8" in as_text(page(a_question(a_canary(step=2))))


def test_a_version_of_which_nothing_was_counted_is_not_said_to_have_had_no_requests() -> None:
    unknown = last_minutes([replace(MINUTES[1], stable=MINUTES[1].canary)])
    question = a_question(a_canary(known=KnownOfCanary((REASON,), {}, unknown)))

    assert "Version 8, new nothing was counted" in as_text(page(question))


def test_each_button_is_offered_only_to_who_can_press_it() -> None:
    question = a_question()

    assert buttons(page(question)) == ["approved", "keep_waiting", "rejected"]
    assert buttons(page(question, may_wait=False)) == ["approved", "rejected"]
    assert buttons(page(question, objection="It is yours.")) == ["keep_waiting", "rejected"]


def test_the_page_has_nothing_that_its_security_policy_forbids() -> None:
    html = page(a_question())

    assert "<script" not in html
    assert " style=" not in html


def test_reasons_with_markup_are_escaped() -> None:
    known = KnownOfCanary(("<script>alert(1)</script>",))

    assert "<script" not in page(a_question(a_canary(known=known)))


def test_a_confirmation_is_asked_for_promoting_only() -> None:
    html = page(a_question(confirm="type-the-environment"))

    assert "To promote it anyway, type the environment" in as_text(html)
    assert html.count("formnovalidate") == 2


def test_the_mail_asks_with_the_numbers_and_without_a_drawing() -> None:
    question = a_question()

    mail = question_mail(question, fact_sections(question, [], EARLY), LINK)

    assert mail.subject == "Promote cowsay 4f0c2d1 in prod anyway?"
    assert "Too little is known of cowsay 4f0c2d1 in prod: promote it anyway?" in mail.text
    for text in (mail.text, as_text(mail.html)):
        assert REASON in text
        assert "2,160 requests" in text
    assert "<svg" not in mail.html
    reminder = reminder_mail(question, fact_sections(question, [], EARLY), LINK)
    assert reminder.subject == "Reminder: promote cowsay 4f0c2d1 in prod anyway?"


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("approved", "To promote it anyway was decided about cowsay 4f0c2d1 in prod by alice@example.com at "),
        ("rejected", "It is rolled back, and not quarantined"),
        ("keep_waiting", "It keeps 10 %, and is watched for 2h more."),
    ],
)
def test_how_it_ended_is_explained(decision: Decision, sentence: str) -> None:
    question = after(a_question(), answer(ALICE, decision, "it is quiet at night"))

    text = as_text(status_page(question, fact_sections(question, [], EARLY), explain(question)))
    assert sentence in text
    assert "it is quiet at night" in text


def test_a_question_that_nobody_answered_is_rolled_back_without_quarantine() -> None:
    question = after(a_question(quorum=2), answer(ALICE))

    said = str(why_closed(question, BOB, "2026-11-22T17:00:00.000Z", is_running=True))

    assert said.startswith("Only 1 of the 2 required answers arrived about cowsay 4f0c2d1 in prod by 2026-11-22 17:00")
    assert said.endswith("not quarantined: nothing was shown to be bad.")
    assert "Nobody answered" in explain(a_question().ended("expired", EARLY))


def test_the_other_ends_are_explained() -> None:
    unreached = a_question(quorum=3).not_delivered(CAROL, "no such mailbox", EARLY)

    assert "no such mailbox. It is rolled back" in explain(unreached)
    assert "has ended: there is nothing to answer" in explain(a_question().ended("stopped", EARLY))
    assert "The deployment has ended" in str(why_closed(a_question(), ALICE, EARLY, is_running=False))


def test_who_has_answered_reads_what_is_missing() -> None:
    question = after(a_question(quorum=2), answer(ALICE))

    said = str(why_closed(question, ALICE, EARLY, is_running=True))

    assert said.startswith("You decided to promote it anyway at ")
    assert "One more approval is needed" in said


def test_what_people_decide_about_is_the_same_while_they_think_and_another_for_another_canary() -> None:
    question, other = a_question(), a_question(a_canary(known=KnownOfCanary(("another reason",))))

    assert fingerprint(snapshot(question, [])) == fingerprint(snapshot(after(question, answer(BOB)), []))
    assert fingerprint(snapshot(question, [])) != fingerprint(snapshot(other, []))


def test_a_release_from_quarantine_is_shown_first() -> None:
    released = QuarantineRelease("2026-11-21T09:00:00.000Z", "it was the load test", "arn:another", "bob@example.com")
    quarantine = Quarantine("cowsay", "sha256:" + "a" * 64, "2026-11-20T09:00:00.000Z", "errors", "arn", released)

    sections = fact_sections(a_question(), [], EARLY, quarantine)

    assert "it was the load test" in str(sections[0].rows)
    assert snapshot(a_question(), [], quarantine)["released_from_quarantine"]["reason"] == "errors"
