from base64 import b64decode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import sections
from gantry.promotion.approval_page import STYLE_SOURCE, notice, question, refused, standing, warned
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.release import Release
from gantry.promotion.sections import Section, visible
from gantry.promotion.target import Target
from tests.browser import example
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.hostile import TEXTS

OPS = "ops@example.com"
ASKED = Approval(
    id="one",
    environment="prod",
    release=Release("cowsay", "sha256:" + "a" * 64, "revision-1", "4f0c2d1"),
    origin=PromotionOrigin(is_manual=False, pushed_by="alice@example.com"),
    policy=ApprovalPolicy((OPS,), 3600, confirm="type-the-environment"),
    targets=(),
    settings={},
    alarms=("errors",),
    firing=("errors",),
    execution="arn:one",
    started_at="2026-11-22T08:00:00.000Z",
    requested_at="2026-11-22T09:00:00.000Z",
    expires_at="2026-11-25T09:00:00.000Z",
)
FACTS = (
    Section("The release", (("Service", "cowsay"), ("", "It is new."))),
    Section("What changes", (("environment.MOOD", "calm → wild"), ("memory_mb", "512, as now"))),
)


def hostile(text: str) -> Approval:
    """The approval in which everything that comes from outside is `text`."""
    release = Release(text, text, text, text)
    return replace(ASKED, environment=text, release=release, firing=(text,), execution=text)


def pages(approval: Approval, text: str | None = None) -> dict[str, str]:
    """Every page there is, with the same text in all places when there is one."""
    facts = (
        FACTS if text is None else (Section(text, ((text, text), ("", text))), Section("What changes", ((text, text),)))
    )
    plain = (Section("title", (("label", "value"), ("", "value"))), Section("What changes", (("label", "value"),)))
    shown = plain if facts is FACTS else facts
    return {
        "question": question(approval, shown, text or OPS, text or "nonce"),
        "objection": question(approval, shown, OPS, text or "nonce", text or "It is yours."),
        "outcome": standing(replace(approval, outcome="rejected"), shown, text or "It was rejected."),
        "refused": refused(text or "It is too long.", text or "Make it shorter."),
        "warned": warned(text or "Kept", text or "Reload this page."),
        "notice": notice(text or "Not found", text or "There is no such page."),
    }


def page(approval: Approval = ASKED, objection: str | None = None) -> Parsed:
    return Parsed(question(approval, FACTS, OPS, "a-nonce", objection))


def is_harmless(html: str, otherwise: str) -> None:
    """There are the same elements, whatever the texts are; only the nonce is another one."""
    given, plain = Parsed(html), Parsed(otherwise)
    joints = {"wbr", "br", "del", "ins"}  # what a long name, a new line or an arrow in a text may become
    assert [name for name in given.names if name not in joints] == [name for name in plain.names if name not in joints]
    for (_, attributes), (_, expected) in zip(
        (each for each in given.elements if each[0] not in joints),
        (each for each in plain.elements if each[0] not in joints),
        strict=True,
    ):
        assert {name: value for name, value in attributes.items() if name not in {"class", "value"}} == {
            name: value for name, value in expected.items() if name not in {"class", "value"}
        }


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_stands_in_an_approval_is_shown_as_text_and_never_becomes_markup(text: str) -> None:
    plain = pages(ASKED)
    for name, html in pages(hostile(text), text).items():
        is_harmless(html, plain[name])
        assert " ".join(visible(text).split()) in Parsed(html).text.replace("\N{LEFT-TO-RIGHT MARK}", ""), name


@given(st.text(min_size=1).filter(str.strip) | st.text("<>&'\"/=- !a→\n.", min_size=1).filter(str.strip))
def test_no_text_at_all_becomes_markup(text: str) -> None:
    plain = pages(ASKED)
    for name, html in pages(hostile(text), text).items():
        is_harmless(html, plain[name])
        html.encode()


@pytest.mark.parametrize("text", TEXTS)
def test_the_nonce_stays_in_its_attribute(text: str) -> None:
    boxes = Parsed(question(ASKED, FACTS, OPS, text)).all("input")
    assert [box["value"] for box in boxes if box["name"] == "nonce"] == [text]


def test_only_a_post_of_the_form_decides() -> None:
    html = page()
    assert html.all("form") == [{"method": "post"}]
    buttons = [(each.get("name"), each.get("value"), "disabled" in each) for each in html.all("button")]
    assert buttons == [(None, None, True), ("decision", "approved", False), ("decision", "rejected", False)]
    assert html.all("textarea") == [{"id": "reason", "name": "reason", "rows": "3", "maxlength": "500"}]
    assert not {"a", "script", "img", "link", "iframe", "base"} & set(html.names)


def test_the_page_says_who_answers_and_until_when() -> None:
    assert "You answer as ops@example.com, until 2026-11-25 09:00 UTC." in page().text


def test_every_fact_has_its_label_in_the_row() -> None:
    html = page()
    assert {each["scope"] for each in html.all("th")} == {"row"}
    headings = [each["id"] for each in html.all("h2") if "id" in each]
    assert [each["aria-labelledby"] for each in html.all("table")] == headings == ["facts-1", "facts-2"]
    assert "environment.MOOD calm → wild memory_mb 512, as now" in html.text
    assert "Service cowsay It is new." in html.text


def test_what_changes_comes_first_with_before_and_after() -> None:
    html = question(ASKED, FACTS, OPS, "a-nonce")
    assert '<del dir="auto">calm</del> → <ins dir="auto">wild</ins>' in html
    assert html.index("What changes") < html.index("The release")
    assert "<del" not in html[html.index("The release") :]


@pytest.mark.parametrize("value", ["a → b → c", "a → → c", "→ a → b", "a → b→c", "a → →", "→", "a→b"])
def test_a_value_with_arrows_of_its_own_is_not_taken_apart(value: str) -> None:
    changes = Section("What changes", (("FLOW", value),))
    assert f"<td>{value}</td>" in question(ASKED, [changes], OPS, "a-nonce")


@pytest.mark.parametrize(
    ("live", "seen"),
    [
        (None, "(not set) → calm → wild"),
        ({}, "(not set) → calm → wild"),
        ({"FLOW": "now"}, "now → calm → wild"),
        ({"FLOW": "old → older"}, "old → older → calm → wild"),
    ],
    ids=["not on record", "not set", "another value", "another value with an arrow"],
)
def test_a_value_with_an_arrow_is_never_shown_as_if_it_told_before_and_after(
    live: dict[str, str] | None, seen: str
) -> None:
    target = Target("444444444444", "us-east-1", "cowsay", "live")
    version = LiveRevision("7", "sha256:" + "b" * 64, "2026-11-20T08:00:00.000Z", tag="tag7", configuration=live)
    asked = replace(ASKED, targets=(target,), settings={"FLOW": "calm → wild"})
    told = sections(asked, [Live("cowsay", "prod", target, version)], "2026-11-22T10:00:00.000Z")
    html = question(asked, told, OPS, "a-nonce")
    assert f"<td>{seen}</td>" in html
    assert html.count("<del") == 1, "the image"


def test_a_value_with_an_arrow_is_no_change_where_nothing_is_live() -> None:
    asked = replace(ASKED, targets=(Target("444444444444", "us-east-1", "cowsay", "live"),))
    asked = replace(asked, settings={"FLOW": "calm → wild", "MOOD": "calm"})
    html = question(asked, sections(asked, [], "2026-11-22T10:00:00.000Z"), OPS, "a-nonce")
    assert "<td>(not set) → calm → wild</td>" in html
    assert "<td>calm</td>" in html
    assert "<del" not in html


def test_every_box_has_a_label() -> None:
    html = page()
    boxes = [each["id"] for each in (*html.all("textarea"), *html.all("input")) if each.get("type") != "hidden"]
    assert boxes == [each["for"] for each in html.all("label")] == ["reason", "environment"]


def test_an_alarm_that_fires_already_is_told_before_anything_else() -> None:
    assert "for prod? Alarms already firing when this was asked: errors What changes" in page().text
    assert "firing" not in page(replace(ASKED, firing=())).text


def test_the_name_is_asked_for_only_where_the_manifest_says_so() -> None:
    assert "To approve, type the environment's name: prod" in page().text
    free = page(replace(ASKED, policy=replace(ASKED.policy, confirm=None)))
    assert [each["name"] for each in free.all("input")] == ["nonce"]


def test_where_something_is_against_approving_it_can_only_be_rejected() -> None:
    html = page(objection="It is in quarantine.")
    assert [each.get("value") for each in html.all("button")] == [None, "rejected"]
    assert "It is in quarantine. You can reject it. ✕ Reject" in html.text
    assert [each["name"] for each in html.all("input")] == ["nonce"]


@pytest.mark.parametrize(
    ("approval", "title", "mark"),
    [
        (replace(ASKED, outcome="approved"), "cowsay 4f0c2d1 for prod: approved", "✓ "),
        (replace(ASKED, outcome="rejected"), "cowsay 4f0c2d1 for prod: rejected", "✕ "),
        (replace(ASKED, outcome="superseded"), "cowsay 4f0c2d1 for prod: superseded", ""),
        (ASKED, "cowsay 4f0c2d1 for prod: nothing left for you to decide", ""),
    ],
)
def test_an_outcome_comes_first_and_leaves_nothing_to_press(approval: Approval, title: str, mark: str) -> None:
    html = Parsed(standing(approval, FACTS, "Somebody said so."))
    assert f"{title} {mark}Somebody said so. What changes" in html.text
    assert [each["role"] for each in html.all("p")] == ["status"]
    assert not {"form", "button", "textarea", "a"} & set(html.names)


def test_a_refusal_is_an_alert_with_a_way_back() -> None:
    html = Parsed(refused("Not taken", "The reason is too long. Make it shorter."))
    assert html.text.endswith("Not taken The reason is too long. Make it shorter. Open the page again")
    assert html.all("p")[0]["role"] == "alert"
    assert html.all("a") == [{"href": ""}]


def test_what_has_to_be_sent_again_is_an_alert_without_a_link_that_would_lose_it() -> None:
    html = Parsed(warned("Kept, but not told yet", "Reload this page."))
    assert html.text.endswith("Kept, but not told yet Reload this page.")
    assert html.all("p") == [{"class": "note outcome refused", "role": "alert"}]
    assert "a" not in html.names


def test_a_notice_says_one_thing() -> None:
    assert Parsed(notice("Not found", "There is no such page.")).text.endswith("Not found There is no such page.")


def test_every_page_has_the_one_style_that_the_policy_can_name() -> None:
    for html in pages(ASKED).values():
        style = html[html.index("<style>") + len("<style>") : html.index("</style>")]
        assert b64decode(STYLE_SOURCE.removeprefix("'sha256-").removesuffix("'")) == sha256(style.encode()).digest()
        assert [attributes for _, attributes in Parsed(html).elements if "style" in attributes] == []


def test_the_real_facts_have_changes_with_before_and_after() -> None:
    html = example.asking()
    assert '<del dir="auto">512</del> → <ins dir="auto">1024</ins>' in html
    assert '<del dir="auto">(not set)</del> → <ins dir="auto">20</ins>' in html
