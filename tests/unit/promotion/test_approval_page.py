import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promotion.approval import Approval
from promotion.approval_mail import compose
from promotion.approval_page import notice, outcome, question
from promotion.release import Release

EARLY, LATE = "2026-11-23T00:00:00.000Z", "2026-11-26T00:00:00.000Z"
LINK = "https://approvals.example.com/approvals/secret"
HOSTILE = "</td></title></textarea><script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;&lt;"


def approval(text: str | None = None, **decided: str) -> Approval:
    """An approval in which everything that comes from outside is `text`."""
    given_text = text is not None
    asked = Approval(
        id="one",
        environment=text or "prod",
        release=Release(text or "cowsay", text or "sha256:" + "a" * 64, text or "revision-1", text or "4f0c2d1"),
        live=text or "version 7 (3e1b9aa)",
        approvers=("ops@example.com",),
        execution=text or "arn:one",
        requested_at="2026-11-22T09:00:00.000Z",
        expires_at="2026-11-25T09:00:00.000Z",
    )
    if not decided:
        return asked
    return replace(
        asked,
        decision="rejected",
        decided_by=text if given_text else decided["decided_by"],
        decided_at="2026-11-22T10:00:00.000Z",
        reason=text if given_text else decided["reason"],
    )


DECIDED = {"decided_by": "ops@example.com", "reason": "not on a Friday"}


class Parsed(HTMLParser):
    """The tags of a page with their attributes, apart from the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", {"data": data}))


def pages(text: str | None) -> dict[str, str]:
    return {
        "question": question(approval(text), text or "ops@example.com"),
        "expired": outcome(approval(text), LATE),
        "decided": outcome(approval(text, **DECIDED), EARLY),
        "notice": notice(text or "Not found", text or "There is no such page."),
        "mail": compose(approval(text), LINK).html,
    }


@given(st.text(min_size=1) | st.text("<>&'\"/=- !a", min_size=1))
@example(HOSTILE)
def test_whatever_stands_in_an_approval_is_shown_as_text_and_never_becomes_markup(text: str) -> None:
    for name, html in pages(text).items():
        parsed = Parsed(html)
        assert parsed.tags == Parsed(pages(None)[name]).tags, name
        assert text in parsed.text, name


@given(st.text("<>&'\"/=- !a", min_size=1))
def test_a_link_cannot_leave_its_attribute(text: str) -> None:
    assert ("a", {"href": text}) in Parsed(compose(approval(), text).html).tags


def test_the_question_says_what_is_asked_of_whom_and_until_when() -> None:
    html = question(approval(), "ops@example.com")
    facts = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', html)
    assert facts == [
        ("Service", "cowsay"),
        ("Environment", "prod"),
        ("Tag", "4f0c2d1"),
        ("Digest", "sha256:" + "a" * 64),
        ("Manifest revision", "revision-1"),
        ("Live when asked", "version 7 (3e1b9aa)"),
        ("Asked at", "2026-11-22T09:00:00.000Z"),
    ]
    text = Parsed(html).text
    assert "cowsay to prod?" in text
    assert "You answer as ops@example.com, until 2026-11-25T09:00:00.000Z." in text


def test_only_a_post_of_the_form_decides() -> None:
    tags = Parsed(question(approval(), "ops@example.com")).tags
    assert ("form", {"method": "post"}) in tags
    assert [attributes["value"] for tag, attributes in tags if tag == "button"] == ["approved", "rejected"]
    (reason,) = [attributes for tag, attributes in tags if tag == "textarea"]
    assert (reason["name"], reason["maxlength"]) == ("reason", "500")
    assert not [tag for tag, _ in tags if tag in {"a", "script", "img", "link"}]


def test_a_first_release_without_a_tag_is_asked_about_as_such() -> None:
    first = replace(approval(), live=None, release=Release("cowsay", "sha256:" + "a" * 64, "revision-1"))
    for html in (question(first, "ops@example.com"), compose(first, LINK).html):
        assert "<td>nothing</td>" in html
        assert "<td>none</td>" in html


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("not on a Friday", "Rejected by ops@example.com at 2026-11-22T10:00:00.000Z. Reason: not on a Friday"),
        ("", "Rejected by ops@example.com at 2026-11-22T10:00:00.000Z."),
    ],
)
def test_the_outcome_says_who_decided_what_and_why(reason: str, told: str) -> None:
    html = outcome(approval(decided_by="ops@example.com", reason=reason), LATE)
    assert f"<strong>{told}</strong>" in html
    assert "<h1>cowsay to prod: rejected</h1>" in html
    assert "form" not in {tag for tag, _ in Parsed(html).tags}


def test_an_expired_approval_says_that_nobody_decided_and_what_to_do() -> None:
    html = outcome(approval(), LATE)
    assert "Nobody decided until 2026-11-25T09:00:00.000Z." in html
    assert "<h1>cowsay to prod: expired</h1>" in html


def test_a_notice_says_one_thing() -> None:
    assert Parsed(notice("Not found", "There is no such page.")).text.endswith("Not foundThere is no such page.")


def test_the_mail_asks_with_the_same_facts_in_text_and_in_html() -> None:
    message = compose(approval(), LINK)
    assert message.subject == "Approve cowsay 4f0c2d1 for prod?"
    facts = re.findall(r"<tr><th align='left'>(.*?)</th><td>(.*?)</td></tr>", message.html)
    assert facts == [
        ("Service", "cowsay"),
        ("Environment", "prod"),
        ("Tag", "4f0c2d1"),
        ("Digest", "sha256:" + "a" * 64),
        ("Manifest revision", "revision-1"),
        ("Live there now", "version 7 (3e1b9aa)"),
        ("Answer until", "2026-11-25T09:00:00.000Z"),
    ]
    assert message.text.startswith("\n".join(f"{name}: {value}" for name, value in facts))


def test_each_approver_gets_their_own_link_and_nothing_else_differs() -> None:
    one, other = compose(approval(), LINK), compose(approval(), f"{LINK}-2")
    assert f"\n{LINK}\n" in one.text
    assert one.subject == other.subject
    assert one.text == other.text.replace(f"{LINK}-2", LINK)
    assert one.html == other.html.replace(f"{LINK}-2", LINK)
