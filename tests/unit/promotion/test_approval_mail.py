import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval import Approval
from gantry.promotion.approval_html import LAYOUT
from gantry.promotion.approval_mail import ApprovalMail, question_mail, reminder_mail, supersession_mail
from gantry.promotion.fact_section import FactSection
from gantry.promotion.visible_text import visible
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.hostile import TEXTS
from tests.unit.promotion.test_approval_page import ASKED, FACTS, hostile, is_harmless

MARK = "\N{LEFT-TO-RIGHT MARK}"
"""What keeps an arrow in its place."""
LINK = "https://approvals.example.com/approvals/secret"
anything = st.text(min_size=1) | st.text("<>&'\"/=- !a→\r\n\t\u202e", min_size=1, max_size=3000)


def mails(approval: Approval = ASKED, text: str | None = None, link: str = LINK) -> list[ApprovalMail]:
    """Every mail there is, with the same text in all places when there is one."""
    said = text or "plain"
    facts = (FactSection(said, ((said, said), ("", said))), FactSection("What changes", ((said, said),)))
    superseded = replace(approval, outcome="superseded", superseded_by=said)
    return [question_mail(approval, facts, link), reminder_mail(approval, facts, link), supersession_mail(superseded)]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_an_approval_becomes_markup(text: str) -> None:
    for mail, plain in zip(mails(hostile(text), text), mails(), strict=True):
        is_harmless(mail.html, plain.html)
        assert " ".join(visible(text).split()) in Parsed(mail.html).text


@given(anything)
def test_a_subject_is_one_short_line_that_can_be_seen(text: str) -> None:
    for mail in mails(hostile(text), text):
        assert mail.subject.replace(MARK, "").isprintable()
        assert 0 < len(mail.subject) < 200


@given(anything)
def test_a_text_holds_nothing_that_cannot_be_seen(text: str) -> None:
    for mail in mails(hostile(text), text):
        lines = mail.text.replace(MARK, "").split("\n")
        assert [line for line in lines if not line.isprintable()] == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_mail_loads_nothing_and_leads_nowhere_but_to_the_page(text: str) -> None:
    for mail in mails(hostile(text), text):
        html = Parsed(mail.html)
        assert {each["href"] for each in html.all("a")} <= {LINK}
        assert not {"script", "img", "link", "iframe", "form", "base", "object", "svg"} & set(html.names)
        loading = {"src", "srcset", "background", "action", "poster", "data"}
        assert [name for _, attributes in html.elements for name in attributes if name in loading] == ["data"]
        assert "url(" not in mail.html.partition("</style>")[0]
        assert "@import" not in mail.html.partition("</style>")[0]


@pytest.mark.parametrize("text", TEXTS)
def test_the_link_cannot_leave_its_attribute(text: str) -> None:
    (link,) = Parsed(question_mail(ASKED, FACTS, text).html).all("a")
    assert link["href"] == text


def test_what_is_asked_can_be_read_in_a_list_of_mails() -> None:
    assert question_mail(ASKED, FACTS, LINK).subject == "Approve cowsay 4f0c2d1 for prod?"
    assert reminder_mail(ASKED, FACTS, LINK).subject == "Reminder: approve cowsay 4f0c2d1 for prod?"
    assert supersession_mail(ASKED).subject == "No longer needed: cowsay 4f0c2d1 for prod"


def test_a_long_name_is_shortened_and_the_environment_stays() -> None:
    untagged = replace(ASKED, release=replace(ASKED.release, service="s" * 256))
    subject = question_mail(untagged, FACTS, LINK).subject
    assert subject == f"Approve {'s' * 79}… for prod?"


def test_text_and_html_say_the_same() -> None:
    mail = question_mail(ASKED, FACTS, LINK)
    html, text = Parsed(mail.html).text, " ".join(mail.text.split())
    for section in FACTS:
        assert section.title in html
        assert section.title.upper() in text
        for label, value in section.rows:
            assert f"{label} {value}".strip() in html
            assert (f"{label}: {value}" if label else value) in text
    for said in (
        "Please answer by 2026-11-25 09:00 UTC.",
        "Alarms already firing when approval was requested: errors",
        "Opening the link decides nothing: you answer on the page.",
        "do not forward this mail",
        "Execution: arn:one",
    ):
        assert said in html
        assert said in text


def test_what_changes_comes_first_in_the_text_too() -> None:
    text = question_mail(ASKED, FACTS, LINK).text
    assert text.index("WHAT CHANGES") < text.index("THE RELEASE")
    assert f"\n{LINK}\n" in text


def test_without_a_firing_alarm_there_is_no_warning() -> None:
    mail = question_mail(replace(ASKED, firing=()), FACTS, LINK)
    assert "Firing" not in Parsed(mail.html).text + mail.text


def test_the_layout_stays_without_the_style_sheet() -> None:
    for name, attributes in Parsed(question_mail(ASKED, FACTS, LINK).html).elements:
        if name in LAYOUT:
            assert attributes["style"] == LAYOUT[name]
    (button,) = Parsed(question_mail(ASKED, FACTS, LINK).html).all("a")
    assert "background:#0b57d0;color:#fff" in str(button["style"])


def test_each_approver_gets_their_own_link_and_nothing_else_differs() -> None:
    one, other = question_mail(ASKED, FACTS, LINK), question_mail(ASKED, FACTS, f"{LINK}-2")
    assert one.subject == other.subject
    assert one.text == other.text.replace(f"{LINK}-2", LINK)
    assert one.html == other.html.replace(f"{LINK}-2", LINK)


def test_what_is_superseded_has_nothing_to_press() -> None:
    mail = supersession_mail(replace(ASKED, outcome="superseded", superseded_by="cowsay 5a1b2c3"))
    assert "cowsay 5a1b2c3" in mail.text
    assert "There is nothing left to decide." in mail.text
    assert "a" not in Parsed(mail.html).names
    assert not re.search("https?:", mail.text)
