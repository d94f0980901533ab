from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Outcome
from gantry.promotion.approval_facts import fact_sections, snapshot
from gantry.promotion.fact_section import RELEASED
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.quarantine import Quarantine, QuarantineRelease
from gantry.promotion.visible_text import foreign, one_line, quoted, quoted_name, shortened
from tests.unit.promotion.an_approval import answer
from tests.unit.promotion.facts import (
    DEV,
    HERE,
    LEAD,
    NEW,
    NOW,
    OPS,
    RELEASE,
    THERE,
    Rows,
    approval,
    live,
    revision,
    rows_of,
)

QUARANTINE = Quarantine(
    "cowsay", NEW, "2026-11-21T09:00:00.000Z", "rolled back in prod: errors went off", "arn:deployment"
)
FREED = QuarantineRelease("2026-11-22T07:45:00.000Z", "it was the load test", "arn:another", "bob@example.com")
HOSTILE = "<script>alert('x')</script>\"&\N{RIGHT-TO-LEFT OVERRIDE}"


def test_the_sections_have_this_order() -> None:
    titles = [section.title for section in fact_sections(approval(), [], NOW)]
    assert titles == [
        "The release",
        "Live there now",
        "What changes",
        "How it is carried",
        "How it did so far",
        "Alarms",
        "The answer",
    ]


@pytest.mark.parametrize(
    ("tags", "tag", "expected"),
    [
        (("4f0c2d1", "v1.2.0"), "4f0c2d1", "4f0c2d1, v1.2.0"),
        ((), "4f0c2d1", "4f0c2d1"),
        ((), None, "none"),
    ],
)
def test_the_release_has_everything_that_identifies_it(tags: tuple[str, ...], tag: str | None, expected: str) -> None:
    asked = replace(
        approval(), release=replace(RELEASE, tag=tag), origin=PromotionOrigin(False, "alice@example.com", tags=tags)
    )
    assert rows_of(asked, title="The release") == [
        ("Service", "cowsay"),
        ("Environment", "prod"),
        ("Tags", expected),
        ("Digest", NEW),
        ("Manifest revision", "revision-2"),
        ("Started by", "a push by “alice@example.com”, as its label says"),
    ]


def quarantine_rows(quarantine: Quarantine | None, asked: Approval | None = None) -> Rows:
    found = fact_sections(asked or approval(), [], NOW, quarantine)
    return [row for section in found if section.title == RELEASED for row in section.rows]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"is_verified": True}, "at 2026-11-22 07:45 UTC by “bob@example.com”, to start another promotion"),
        (
            {"execution": "arn:one"},
            "at 2026-11-22 07:45 UTC by “bob@example.com” (the name is not verified), to start this promotion",
        ),
        ({"by": None}, "at 2026-11-22 07:45 UTC by somebody who gave no name, to start another promotion"),
    ],
)
def test_a_release_from_quarantine_comes_first(known: dict[str, Any], words: str) -> None:
    quarantine = replace(QUARANTINE, released=replace(FREED, **known))
    assert fact_sections(approval(), [], NOW, quarantine)[0].title == RELEASED
    assert quarantine_rows(quarantine) == [
        ("In quarantine", "from 2026-11-21 09:00 UTC: rolled back in prod: errors went off"),
        ("Released", words),
        ("Because", "“it was the load test”"),
    ]


@pytest.mark.parametrize("quarantine", [None, QUARANTINE])
def test_without_a_release_from_quarantine_there_is_no_such_section(quarantine: Quarantine | None) -> None:
    assert quarantine_rows(quarantine) == []
    assert snapshot(approval(), [], quarantine)["released_from_quarantine"] is None


def test_an_ended_approval_has_no_section_about_the_quarantine() -> None:
    decided = approval().answered(answer(OPS, "approved"))
    assert quarantine_rows(replace(QUARANTINE, released=FREED), decided) == []


@given(st.text(min_size=1, max_size=2000) | st.just(HOSTILE))
def test_the_reasons_of_a_quarantine_are_quoted_and_short(text: str) -> None:
    rows = dict(quarantine_rows(replace(QUARANTINE, reason=text, released=replace(FREED, by=text, reason=text))))
    assert rows["Because"] == quoted(text, 500)
    said = f"{quoted_name(text)} (the name is not verified)"
    assert rows["Released"] == f"at 2026-11-22 07:45 UTC by {said}, to start another promotion"
    reason = rows["In quarantine"].removeprefix("from 2026-11-21 09:00 UTC: ")
    assert reason == shortened(one_line(text), 500)


def test_a_snapshot_has_the_release_from_quarantine() -> None:
    quarantine = replace(QUARANTINE, reason="x" * 30_000, released=FREED)
    assert snapshot(approval(), [], quarantine)["released_from_quarantine"] == {
        "since": QUARANTINE.since,
        "reason": "x" * 499 + "…",
        "released": asdict(FREED),
    }


@pytest.mark.parametrize(
    "after",
    [
        None,
        QUARANTINE,
        replace(QUARANTINE, since=NOW, released=FREED),
        replace(QUARANTINE, reason="rolled back manually in prod", released=FREED),
        replace(QUARANTINE, released=replace(FREED, reason="somebody else says so")),
    ],
)
def test_a_snapshot_changes_with_a_release_from_quarantine(after: Quarantine | None) -> None:
    assert snapshot(approval(), [], after) != snapshot(approval(), [], replace(QUARANTINE, released=FREED))


def test_what_is_live_is_listed_by_target_with_its_age() -> None:
    lives = [live(revision("7")), live(revision("3"), target=DEV, environment="dev")]
    assert rows_of(approval(HERE, THERE), *lives, title="Live there now") == [
        (HERE.id, "version 7 (3e1b9aa), since 2026-11-20 09:00 UTC (2 days 1 hour)"),
        (THERE.id, "nothing that Gantry has released"),
    ]


@pytest.mark.parametrize(
    ("alarms", "firing", "rows"),
    [
        ((), (), [("", "The manifest names none for prod, so no alarm can stop a bad release.")]),
        (
            ("errors", "latency"),
            (),
            [("Watching", "errors, latency"), ("Firing", "none, when approval was requested, at 2026-11-22 09:00 UTC")],
        ),
        (
            ("errors", "latency"),
            ("errors in 444444444444/us-east-1", "errors in 444444444444/eu-west-1"),
            [
                ("Watching", "errors, latency"),
                (
                    "Firing already",
                    "errors in 444444444444/us-east-1, when approval was requested, at 2026-11-22 09:00 UTC",
                ),
                (
                    "Firing already",
                    "errors in 444444444444/eu-west-1, when approval was requested, at 2026-11-22 09:00 UTC",
                ),
            ],
        ),
    ],
)
def test_alarms_that_are_firing_already_are_listed(
    alarms: tuple[str, ...], firing: tuple[str, ...], rows: Rows
) -> None:
    assert rows_of(replace(approval(), alarms=alarms, firing=firing), title="Alarms") == rows


@pytest.mark.parametrize(
    ("quorum", "people", "words"),
    [
        (1, (OPS,), "approval by ops@example.com; one rejection ends it"),
        (1, (OPS, LEAD), "approval by any one of 2 approvers; one rejection ends it"),
        (2, (OPS, LEAD), "approval by both approvers; one rejection ends it"),
        (2, (OPS, LEAD, "c@example.com"), "approval by any 2 of 3 approvers; one rejection ends it"),
        (3, (OPS, LEAD, "c@example.com"), "approval by all 3 approvers; one rejection ends it"),
    ],
)
def test_the_quorum_is_in_words(quorum: int, people: tuple[str, ...], words: str) -> None:
    assert rows_of(approval(quorum=quorum, people=people), title="The answer") == [
        ("Needed", words),
        ("Until", "2026-11-25 09:00 UTC (in 2 days 22 hours)"),
        ("After that", "the release counts as rejected, and prod stays as it is"),
    ]


def test_after_an_escalation_the_others_count_too() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD)).escalated()
    assert rows_of(asked, title="The answer")[0][1] == "approval by any 2 of 3 approvers; one rejection ends it"


def test_answers_and_unreached_people_are_listed() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD, "c@example.com")).not_delivered(LEAD, "550 no such user", NOW)
    asked = asked.answered(answer(OPS, "approved", "looks good"))
    assert rows_of(asked, title="The answer")[3:] == [
        (OPS, "approved at 2026-11-22 10:00 UTC: “looks good”"),
        (LEAD, "could not be reached: 550 no such user"),
    ]


def test_people_who_have_answered_are_not_listed_as_unreached() -> None:
    asked = approval(quorum=2, people=(OPS, LEAD)).not_delivered(LEAD, "550", NOW).answered(answer(LEAD, "approved"))
    assert rows_of(asked, title="The answer")[3:] == [(LEAD, "approved at 2026-11-22 10:00 UTC")]


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [
        ("superseded", "superseded at 2026-11-22 10:15 UTC"),
        ("undeliverable", "undeliverable at 2026-11-22 10:15 UTC"),
        ("expired", "expired at 2026-11-22 10:15 UTC"),
    ],
)
def test_an_ended_approval_has_no_deadline(outcome: Outcome, ended: str) -> None:
    asked = approval().ended(outcome, "2026-11-22T10:15:00.000Z", "cowsay 5e1a77b")
    assert rows_of(asked, title="The answer") == [
        ("Needed", "approval by ops@example.com; one rejection ends it"),
        ("Ended", ended),
    ]


def test_a_rejection_ends_it() -> None:
    asked = approval().answered(answer(OPS, "rejected", "not on a Friday"))
    assert rows_of(asked, title="The answer")[1:] == [
        ("Ended", "rejected at 2026-11-22 10:00 UTC"),
        (OPS, "rejected at 2026-11-22 10:00 UTC: “not on a Friday”"),
    ]


def test_an_expired_approval_reads_as_expired_before_the_machine_has_noticed() -> None:
    rows = rows_of(approval(), title="The answer", now="2026-11-25T09:00:00.000Z")
    assert rows[1:] == [("Ended", "expired at 2026-11-25 09:00 UTC")]


@given(st.text(min_size=1) | st.just(HOSTILE))
def test_text_from_outside_is_shown_and_what_people_say_is_quoted(text: str) -> None:
    asked = replace(
        approval(settings={"environment.TO_SAY": text}, quorum=2),
        release=replace(RELEASE, tag=text),
        origin=PromotionOrigin(False, text, tags=(text,)),
        alarms=(text,),
        firing=(text,),
    ).answered(answer(OPS, "approved", text))
    rows = [row for section in fact_sections(asked, [live(revision("7"))], NOW) for row in section.rows]
    for expected in [
        ("Tags", foreign(text)),
        ("Started by", f"a push by {quoted(text, 254)}, as its label says"),
        ("artifact", f"3e1b9aa → {text}"),
        ("environment.TO_SAY", f"(not set) → {text}"),
        ("Watching", text),
        ("Firing already", f"{text}, when approval was requested, at 2026-11-22 09:00 UTC"),
        (OPS, f"approved at 2026-11-22 10:00 UTC: {quoted(text, 500)}"),
    ]:
        assert expected in rows


def test_an_ended_approval_is_not_compared_with_what_is_live_by_now() -> None:
    decided = approval().answered(answer(OPS, "approved", "fine"))
    titles = [section.title for section in fact_sections(decided, [live(revision("7"))], NOW)]
    assert titles == ["The release", "Live there now", "The answer"]
