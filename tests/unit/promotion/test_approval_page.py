from base64 import b64decode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approval import Approval
from gantry.promotion.approval_facts import fact_sections
from gantry.promotion.approval_page import (
    STYLE_SOURCE,
    AnswerChoices,
    notice_page,
    question_page,
    refusal_page,
    resend_page,
    status_page,
)
from gantry.promotion.fact_section import FactSection
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.promotion.version import VERSION
from gantry.promotion.visible_text import visible
from tests.browser import example
from tests.unit.promotion.an_approval import approval as an_approval
from tests.unit.promotion.an_approval import target
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.hostile import TEXTS

OPS = "ops@example.com"
FOOT = f"Gantry {VERSION}"
ASKED = an_approval(
    origin=PromotionOrigin(is_manual=False, pushed_by="alice@example.com"),
    policy=ApprovalPolicy((OPS,), 3600, confirm="type-the-environment"),
    targets=(),
    alarms=("errors",),
    firing=("errors",),
)
FACTS = (
    FactSection("The release", (("Service", "cowsay"), ("", "It is new."))),
    FactSection("What changes", (("environment.MOOD", "calm → wild"), ("memory_mb", "512, as now"))),
)


def hostile(text: str) -> Approval:
    """The approval in which everything that comes from outside is `text`."""
    artifact = replace(ASKED.release.artifact, digest=text)
    release = replace(ASKED.release, service=text, artifact=artifact, manifest_revision=text, tag=text)
    return replace(ASKED, environment=text, release=release, firing=(text,), execution=text)


def pages(approval: Approval, text: str | None = None) -> dict[str, str]:
    """Every page there is, with the same text in all places when there is one."""
    facts = (
        FACTS
        if text is None
        else (FactSection(text, ((text, text), ("", text))), FactSection("What changes", ((text, text),)))
    )
    plain = (
        FactSection("title", (("label", "value"), ("", "value"))),
        FactSection("What changes", (("label", "value"),)),
    )
    sections = plain if facts is FACTS else facts
    return {
        "question": question_page(approval, sections, text or OPS, text or "nonce"),
        "objection": question_page(approval, sections, OPS, text or "nonce", AnswerChoices(text or "It is yours.")),
        "outcome": status_page(replace(approval, outcome="rejected"), sections, text or "It was rejected."),
        "refusal": refusal_page(text or "It is too long.", text or "Make it shorter."),
        "resend": resend_page(text or "Kept", text or "Reload this page."),
        "notice": notice_page(text or "Not found", text or "There is no such page."),
    }


def page(approval: Approval = ASKED, objection: str | None = None) -> Parsed:
    return Parsed(question_page(approval, FACTS, OPS, "a-nonce", AnswerChoices(objection)))


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
def test_no_text_of_an_approval_becomes_markup(text: str) -> None:
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
    boxes = Parsed(question_page(ASKED, FACTS, OPS, text)).all("input")
    assert [box["value"] for box in boxes if box["name"] == "nonce"] == [text]


def test_only_a_post_of_the_form_decides() -> None:
    html = page()
    assert html.all("form") == [{"method": "post"}]
    buttons = [(each.get("name"), each.get("value"), "disabled" in each) for each in html.all("button")]
    assert buttons == [(None, None, True), ("decision", "approved", False), ("decision", "rejected", False)]
    assert html.all("textarea") == [{"id": "reason", "name": "reason", "rows": "3", "maxlength": "500"}]
    assert not {"a", "script", "img", "link", "iframe", "base"} & set(html.names)


def test_the_page_names_the_approver_and_the_deadline() -> None:
    assert "You answer as ops@example.com, until 2026-11-25 09:00 UTC." in page().text


def test_every_fact_has_its_label_in_the_row() -> None:
    html = page()
    assert {each["scope"] for each in html.all("th")} == {"row"}
    headings = [each["id"] for each in html.all("h2") if "id" in each]
    assert [each["aria-labelledby"] for each in html.all("table")] == headings == ["facts-1", "facts-2"]
    assert "environment.MOOD calm → wild memory_mb 512, as now" in html.text
    assert "Service cowsay It is new." in html.text


def test_what_changes_comes_first_with_before_and_after() -> None:
    html = question_page(ASKED, FACTS, OPS, "a-nonce")
    assert '<del dir="auto">calm</del> → <ins dir="auto">wild</ins>' in html
    assert html.index("What changes") < html.index("The release")
    assert "<del" not in html[html.index("The release") :]


@pytest.mark.parametrize("value", ["a → b → c", "a → → c", "→ a → b", "a → b→c", "a → →", "→", "a→b"])
def test_a_value_with_arrows_of_its_own_is_not_taken_apart(value: str) -> None:
    changes = FactSection("What changes", (("FLOW", value),))
    assert f"<td>{value}</td>" in question_page(ASKED, [changes], OPS, "a-nonce")


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
def test_a_value_with_an_arrow_never_looks_like_before_and_after(live: dict[str, str] | None, seen: str) -> None:
    revision = LiveRevision("7", "sha256:" + "b" * 64, "2026-11-20T08:00:00.000Z", tag="tag7", configuration=live)
    asked = replace(ASKED, targets=(target(),), settings={"FLOW": "calm → wild"})
    sections = fact_sections(asked, [Live("cowsay", "prod", asked.targets[0], revision)], "2026-11-22T10:00:00.000Z")
    html = question_page(asked, sections, OPS, "a-nonce")
    assert f"<td>{seen}</td>" in html
    assert html.count("<del") == 1, "the artifact"


def test_a_value_with_an_arrow_is_no_change_where_nothing_is_live() -> None:
    asked = replace(ASKED, targets=(target(),))
    asked = replace(asked, settings={"FLOW": "calm → wild", "MOOD": "calm"})
    html = question_page(asked, fact_sections(asked, [], "2026-11-22T10:00:00.000Z"), OPS, "a-nonce")
    assert "<td>(not set) → calm → wild</td>" in html
    assert "<td>calm</td>" in html
    assert "<del" not in html


def test_every_box_has_a_label() -> None:
    html = page()
    boxes = [each["id"] for each in (*html.all("textarea"), *html.all("input")) if each.get("type") != "hidden"]
    assert boxes == [each["for"] for each in html.all("label")] == ["reason", "environment"]


def test_an_alarm_that_is_firing_already_comes_before_anything_else() -> None:
    assert "for prod? Alarms already firing when approval was requested: errors What changes" in page().text
    assert "firing" not in page(replace(ASKED, firing=())).text


def test_the_name_is_asked_for_only_where_the_manifest_says_so() -> None:
    assert "To approve, type the environment's name: prod" in page().text
    free = page(replace(ASKED, policy=replace(ASKED.policy, confirm=None)))
    assert [each["name"] for each in free.all("input")] == ["nonce"]


def test_with_an_objection_it_can_only_be_rejected() -> None:
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
    html = Parsed(status_page(approval, FACTS, "Somebody said so."))
    assert f"{title} {mark}Somebody said so. What changes" in html.text
    assert [each["role"] for each in html.all("p")] == ["status"]
    assert not {"form", "button", "textarea", "a"} & set(html.names)


def test_a_refusal_is_an_alert_with_a_link_back() -> None:
    html = Parsed(refusal_page("Not accepted", "The reason is too long. Make it shorter."))
    assert html.text.endswith(f"Not accepted The reason is too long. Make it shorter. Open the page again {FOOT}")
    assert html.all("p")[0]["role"] == "alert"
    assert html.all("a") == [{"href": ""}]


def test_a_form_to_send_again_comes_with_an_alert_and_without_a_link_that_would_lose_it() -> None:
    html = Parsed(resend_page("Saved, but not delivered yet", "Reload this page."))
    assert html.text.endswith(f"Saved, but not delivered yet Reload this page. {FOOT}")
    assert html.all("p") == [{"class": "note outcome refused", "role": "alert"}]
    assert "a" not in html.names


def test_a_notice_says_one_thing() -> None:
    html = Parsed(notice_page("Not found", "There is no such page."))
    assert html.text.endswith(f"Not found There is no such page. {FOOT}")


def test_every_page_has_the_one_style_that_the_policy_can_name() -> None:
    for html in pages(ASKED).values():
        style = html[html.index("<style>") + len("<style>") : html.index("</style>")]
        assert b64decode(STYLE_SOURCE.removeprefix("'sha256-").removesuffix("'")) == sha256(style.encode()).digest()
        assert [attributes for _, attributes in Parsed(html).elements if "style" in attributes] == []


def test_the_real_facts_have_changes_with_before_and_after() -> None:
    html = example.asking()
    assert '<del dir="auto">512</del> → <ins dir="auto">1024</ins>' in html
    assert '<del dir="auto">(not set)</del> → <ins dir="auto">20</ins>' in html
