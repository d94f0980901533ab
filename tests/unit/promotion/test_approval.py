from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gantry.promotion.approval import LONGEST_WAIT, Approval
from gantry.promotion.approval_answer import Outcome
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.approval_sentences import why_closed
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.timestamps import iso
from tests.unit.promotion.an_approval import (
    ALICE,
    BOB,
    BOT,
    CAROL,
    DAN,
    EARLY,
    LATE,
    PEOPLE,
    after,
    answer,
    asked,
    without,
)

HOUR = 3600
OPEN = asked()
REQUESTED, EXPIRES = datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC)
OUTCOMES: list[Outcome] = ["approved", "rejected", "expired", "superseded", "undeliverable"]

seconds = st.integers(1, 10**7).map(lambda number: timedelta(milliseconds=number))


# Whatever happens: an answer, an end, a mail that is sent, one that comes back, an escalation.
happenings = st.one_of(
    st.tuples(
        st.just("answer"), st.sampled_from((*PEOPLE, DAN)), st.sampled_from(["approved", "approved", "rejected"])
    ),
    st.tuples(st.just("end"), st.sampled_from(["expired", "superseded"]), st.just("")),
    st.tuples(st.just("bounce"), st.sampled_from((*PEOPLE, DAN, ALICE.upper(), "nobody@example.com")), st.just("")),
    st.tuples(st.just("ask"), st.sampled_from((*PEOPLE, DAN)), st.just("")),
    st.tuples(st.just("escalate"), st.just(""), st.just("")),
)


def happened(approval: Approval, happening: tuple[str, str, str]) -> Approval:
    match happening:
        case ("answer", person, "approved" | "rejected" as decision):
            return approval.answered(answer(person, decision))
        case ("end", "expired" | "superseded" as outcome, _):
            return approval.ended(outcome, LATE, "cowsay 5e1a77b")
        case ("bounce", person, _):
            return approval.not_delivered(person, "550 no such user", EARLY)
        case ("ask", person, _):
            return approval.after_asking(person)
        case _:
            return approval.escalated().reminded()


approvals = st.builds(
    lambda quorum, self_approval, pushed_by: replace(
        asked(quorum=quorum, self_approval=self_approval, escalate_to=(DAN,)), origin=PromotionOrigin(False, pushed_by)
    ),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([None, ALICE, "nobody@example.com"]),
)


@given(approvals, st.lists(happenings, max_size=12))
def test_whatever_happens_the_first_outcome_stays(approval: Approval, all_of_it: list[tuple[str, str, str]]) -> None:
    for each in all_of_it:
        before, approval = approval, happened(approval, each)
        if before.outcome:
            assert approval == replace(before, asked=approval.asked)


@given(approvals, st.lists(happenings, max_size=12))
def test_it_is_approved_with_as_many_people_as_the_quorum_says_and_no_rejection(
    approval: Approval, all_of_it: list[tuple[str, str, str]]
) -> None:
    for each in all_of_it:
        approval = happened(approval, each)
        yes = {given.approver for given in approval.answers if given.decision == "approved"}
        no = [given for given in approval.answers if given.decision == "rejected"]
        if approval.outcome == "approved":
            assert len(yes) == approval.policy.quorum
        else:
            assert len(yes) < approval.policy.quorum
        assert bool(no) == (approval.outcome == "rejected")
        assert len(no) <= 1
        assert len(approval.approved_by) == len(yes)


def could_be_approved(approval: Approval) -> bool:
    """Tries every set of people who may still say yes."""
    able = [
        each
        for each in (*PEOPLE, DAN)
        if approval.may_approve(each) and each not in approval.unreached and not approval.answer_of(each)
    ]
    sets = chain.from_iterable(combinations(able, count) for count in range(len(able) + 1))
    return any(after(approval, *map(answer, people)).outcome == "approved" for people in sets)


@given(approvals, st.lists(happenings, max_size=12))
def test_it_can_be_approved_until_the_quorum_cannot_be_reached_any_more(
    approval: Approval, all_of_it: list[tuple[str, str, str]]
) -> None:
    # RequestApproval requires this first, and the session lets nobody approve who may not.
    assume(approval.can_be_approved)
    for each in all_of_it:
        if each[0] != "answer" or each[2] == "rejected" or approval.may_approve(each[1]):
            approval = happened(approval, each)
        if not approval.outcome:
            assert approval.can_be_approved
            assert could_be_approved(approval)
        elif approval.outcome == "undeliverable":
            assert not approval.can_be_approved
            assert not could_be_approved(replace(approval, outcome=None))


@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_the_last_approval_that_was_missing_ends_it(quorum: int) -> None:
    approval = asked(quorum=quorum)
    for count, person in enumerate(PEOPLE[:quorum], start=1):
        at = iso(REQUESTED + timedelta(minutes=count))
        approval = approval.answered(answer(person, at=at))
        assert approval.outcome == ("approved" if count == quorum else None)
        assert approval.ended_at == (at if count == quorum else None)
        assert approval.approved_by == PEOPLE[:count]


@pytest.mark.parametrize("before", [(), (ALICE,), (ALICE, BOB)])
def test_one_rejection_ends_it_however_many_have_approved(before: tuple[str, ...]) -> None:
    approval = after(asked(quorum=3), *map(answer, before), answer(CAROL, "rejected", "not on a Friday"))
    assert (approval.outcome, approval.ended_at) == ("rejected", EARLY)


def test_a_second_answer_of_the_same_person_changes_nothing() -> None:
    approval = after(asked(quorum=2), answer(ALICE))
    assert approval.answered(answer(ALICE)) == approval
    assert approval.answered(answer(ALICE, "rejected")) == approval


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_after_the_end_nothing_changes_it(outcome: Outcome) -> None:
    ended = OPEN.ended(outcome, EARLY, "cowsay 5e1a77b")
    assert ended.answered(answer(ALICE)) == ended
    assert ended.answered(answer(ALICE, "rejected")) == ended
    assert ended.not_delivered(ALICE, "550", LATE) == ended
    assert ended.reminded() == ended.escalated() == ended
    for other in OUTCOMES:
        assert ended.ended(other, LATE, "cowsay 6d0b3aa") == ended


def test_a_release_that_was_approved_is_not_superseded_afterwards() -> None:
    approved = after(OPEN, answer(ALICE))
    assert approved.ended("superseded", LATE, "cowsay 5e1a77b") == approved


def test_a_quorum_of_three_may_need_an_escalation() -> None:
    approval = replace(
        asked(quorum=3, escalate_to=(DAN,), escalate_after_seconds=HOUR), origin=PromotionOrigin(False, ALICE)
    )
    assert approval.can_be_approved
    approval = after(approval, answer(BOB), answer(CAROL))
    assert (approval.outcome, approval.approvers) == (None, PEOPLE)
    escalated = approval.escalated()
    assert escalated.approvers == (*PEOPLE, DAN)
    assert escalated.answered(answer(DAN)).outcome == "approved"
    assert without(escalated, DAN).outcome == "undeliverable"


@pytest.mark.parametrize(
    ("origin", "self_approval", "may"),
    [
        (PromotionOrigin(False, pushed_by=ALICE), False, False),
        (PromotionOrigin(False, pushed_by="alice"), False, False),
        (PromotionOrigin(True, started_by=ALICE.upper()), False, False),
        (PromotionOrigin(False, pushed_by=ALICE), True, True),
        (PromotionOrigin(False, pushed_by=BOB), False, True),
        (PromotionOrigin(False), False, True),
    ],
)
def test_people_may_approve_their_own_release_only_where_the_policy_says_so(
    origin: PromotionOrigin, self_approval: bool, may: bool
) -> None:
    assert replace(asked(self_approval=self_approval), origin=origin).may_approve(ALICE) is may


def test_people_may_reject_their_own_release() -> None:
    approval = replace(OPEN, origin=PromotionOrigin(False, ALICE))
    assert why_closed(approval, ALICE, EARLY, is_running=True) is None
    assert approval.answered(answer(ALICE, "rejected")).outcome == "rejected"


@pytest.mark.parametrize(
    ("quorum", "origin", "escalate_to", "gone", "can"),
    [
        (1, PromotionOrigin(False), (), (), True),
        (1, PromotionOrigin(False), (), (ALICE, BOB), True),
        (1, PromotionOrigin(False), (), PEOPLE, False),
        (3, PromotionOrigin(False), (), (), True),
        (3, PromotionOrigin(False), (), (ALICE,), False),
        (3, PromotionOrigin(False, ALICE), (), (), False),
        (3, PromotionOrigin(False, ALICE), (DAN,), (), True),
        (3, PromotionOrigin(False, DAN), (DAN,), (ALICE,), False),
        (2, PromotionOrigin(False, ALICE), (), (ALICE,), True),
        (1, PromotionOrigin(False), (DAN,), PEOPLE, True),
        (1, PromotionOrigin(False), (BOT,), PEOPLE, True),
    ],
)
def test_it_can_be_approved_while_enough_are_left(
    quorum: int, origin: PromotionOrigin, escalate_to: tuple[str, ...], gone: Iterable[str], can: bool
) -> None:
    approval = replace(asked(quorum=quorum, escalate_to=escalate_to), origin=origin)
    approval = replace(approval, undeliverable=dict.fromkeys(gone, "550"))
    assert approval.can_be_approved is can


@pytest.mark.parametrize("address", [ALICE, ALICE.upper(), "Alice@Example.COM"])
@pytest.mark.parametrize("sent", [(), (ALICE,)])
def test_a_bounce_is_the_approvers_whatever_the_capitals_and_however_early(address: str, sent: tuple[str, ...]) -> None:
    approval = replace(asked(approvers=(ALICE,)), asked=sent)
    ended = approval.not_delivered(address, "550 no such user", EARLY)
    assert ended.undeliverable == {ALICE: "550 no such user"}
    assert (ended.outcome, ended.ended_at) == ("undeliverable", EARLY)


@pytest.mark.parametrize("stranger", ["elsewhere@example.com", ALICE.replace("i", "\u0131"), "", ALICE + "\n"])
def test_a_bounce_of_another_address_is_not_kept(stranger: str) -> None:
    approval = asked(approvers=(ALICE,))
    assert approval.not_delivered(stranger, "550", EARLY) == approval


def test_an_answer_counts_although_a_later_mail_does_not_arrive() -> None:
    approval = after(asked(quorum=2), answer(ALICE))
    assert approval.not_delivered(ALICE.upper(), "550", EARLY) == approval


def test_an_answer_counts_although_an_earlier_mail_did_not_arrive() -> None:
    approval = after(without(asked(quorum=2, approvers=(ALICE, BOB, CAROL)), ALICE), answer(ALICE))
    assert approval.unreached == {}
    assert without(approval, BOB).outcome is None
    assert approval.answered(answer(BOB)).outcome == "approved"


def test_a_mail_servers_reason_is_kept_short_and_in_one_line() -> None:
    approval = OPEN.not_delivered(ALICE, "550\r\n5.1.1 no\tsuch user " + "x" * 1000, EARLY)
    assert approval.undeliverable[ALICE].startswith("550 5.1.1 no such user xxx")
    assert len(approval.undeliverable[ALICE]) == 500


def test_people_are_noted_once_however_many_mails_they_get() -> None:
    once = OPEN.after_asking(ALICE).after_asking(BOB)
    assert once.asked == (ALICE, BOB)
    assert once.after_asking(ALICE) == once


@given(seconds)
def test_an_approval_is_pending_until_it_expires(before: timedelta) -> None:
    assert OPEN.status(iso(EXPIRES - before)) == "pending"
    assert why_closed(OPEN, ALICE, iso(EXPIRES - before), is_running=True) is None


@given(st.just(timedelta(0)) | seconds)
def test_an_approval_that_nobody_decided_has_expired_from_that_moment_on(later: timedelta) -> None:
    assert OPEN.status(iso(EXPIRES + later)) == "expired"
    assert why_closed(OPEN, ALICE, iso(EXPIRES + later), is_running=True)


@given(seconds)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_outlives_the_expiry(outcome: Outcome, later: timedelta) -> None:
    assert OPEN.ended(outcome, EARLY).status(iso(EXPIRES + later)) == outcome


waits = st.none() | st.integers(1, 72 * HOUR - 1)


@given(waits, waits, st.booleans(), st.booleans(), st.integers(0, 80 * HOUR * 1000))
def test_it_waits_until_the_next_moment_that_something_is_due_and_not_a_second_longer(
    reminder: int | None, escalation: int | None, is_reminded: bool, is_escalated: bool, passed: int
) -> None:
    approval = replace(
        asked(reminder_after_seconds=reminder, escalate_after_seconds=escalation),
        is_reminded=is_reminded,
        is_escalated=is_escalated,
    )
    now = REQUESTED + timedelta(milliseconds=passed)
    due = [EXPIRES]
    due += [REQUESTED + timedelta(seconds=reminder)] if reminder and not is_reminded else []
    due += [REQUESTED + timedelta(seconds=escalation)] if escalation and not is_escalated else []
    wait = timedelta(seconds=approval.seconds_to_wait(iso(now)))
    longest = timedelta(seconds=LONGEST_WAIT)
    assert timedelta(seconds=1) <= wait <= longest
    assert now + wait >= min(due) or wait == longest
    assert now + wait < max(min(due), now) + timedelta(seconds=1) or wait == timedelta(seconds=1)


def test_a_reminder_and_an_escalation_are_due_once_and_exactly_then() -> None:
    approval = asked(reminder_after_seconds=HOUR, escalate_after_seconds=2 * HOUR)
    assert not approval.is_reminder_due("2026-11-22T09:59:59.999Z")
    assert approval.is_reminder_due("2026-11-22T10:00:00.000Z")
    assert not approval.is_escalation_due("2026-11-22T10:59:59.999Z")
    assert approval.is_escalation_due("2026-11-22T11:00:00.000Z")
    done = approval.reminded().escalated()
    assert not done.is_reminder_due(LATE)
    assert not done.is_escalation_due(LATE)


def test_without_a_reminder_or_an_escalation_only_the_expiry_is_due() -> None:
    assert not OPEN.is_reminder_due(LATE)
    assert not OPEN.is_escalation_due(LATE)
    assert OPEN.seconds_to_wait("2026-11-25T08:00:00.000Z") == HOUR


def test_the_machine_checks_at_intervals_for_an_outcome_that_could_not_be_delivered() -> None:
    assert OPEN.seconds_to_wait(OPEN.requested_at) == LONGEST_WAIT == 2 * HOUR


def test_approvers_who_get_no_mail_make_no_difference_to_what_is_due() -> None:
    approval = asked(approvers=(BOT,), reminder_after_seconds=HOUR)
    assert approval.seconds_to_wait(approval.requested_at) == HOUR
    assert approval.can_be_approved
    assert approval.answered(answer(BOT)).outcome == "approved"


def test_a_retry_has_the_same_approval() -> None:
    assert approval_id("arn:one", "prod") == approval_id("arn:one", "prod")


def test_another_promotion_or_environment_is_another_approval() -> None:
    ids = {
        approval_id(execution, environment) for execution in ("arn:one", "arn:two") for environment in ("dev", "prod")
    }
    assert len(ids) == 4
