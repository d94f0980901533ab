from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantry.promotion.approval_html import escaped, facts_html, firing_warning
from gantry.promotion.fact_section import CHANGES, RELEASED, FactSection
from gantry.promotion.visible_text import visible
from tests.unit.promotion.documents import Parsed
from tests.unit.promotion.hostile import TEXTS

RELEASE = FactSection("The release", (("Service", "cowsay"), ("", "It has no tag."), ("artifact", "a → b")))

texts = st.text() | st.text("<>&'\"/=- !a\n→א\u202e", max_size=30)


def test_a_section_is_a_heading_and_a_table_that_it_names() -> None:
    assert facts_html([RELEASE]) == (
        '<h2 id="facts-1">The release</h2><table class="short" aria-labelledby="facts-1">'
        '<tr><th scope="row">Service</th><td>cowsay</td></tr>'
        '<tr><td colspan="2">It has no tag.</td></tr>'
        '<tr><th scope="row">artifact</th><td>a → b</td></tr>'
        "</table>"
    )


def test_several_sections_of_one_title_have_names_of_their_own() -> None:
    html = Parsed(
        facts_html([RELEASE, FactSection(CHANGES, (("on", "one"),)), FactSection(CHANGES, (("on", "other"),))])
    )
    assert [each["id"] for each in html.all("h2")] == ["facts-1", "facts-2", "facts-3"]
    assert [each["aria-labelledby"] for each in html.all("table")] == ["facts-1", "facts-2", "facts-3"]
    assert html.text.startswith("What changes on one What changes on other The release")


def test_a_release_from_quarantine_stands_above_everything_else_and_stands_out() -> None:
    html = Parsed(
        facts_html([RELEASE, FactSection(CHANGES, (("on", "one"),)), FactSection(RELEASED, (("Because", "a → b"),))])
    )
    assert html.text.startswith("Released from quarantine Because a → b What changes on one The release")
    assert [each["class"] for each in html.all("table")] == ["short warning", "short changes", "short"]
    assert "ins" not in html.names


@pytest.mark.parametrize(
    ("hostile", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('" onload="x', "&quot; onload=&quot;x"),
        ("' onload='x", "&#x27; onload=&#x27;x"),
        ("a&b &amp; &lt;", "a&amp;b &amp;amp; &amp;lt;"),
        ("4f0c2d1\N{RIGHT-TO-LEFT OVERRIDE}dorp", "4f0c2d1\\u202edorp"),
        ("one\ntwo", "one<br>two"),
        ("one<br>two", "one&lt;br&gt;two"),
    ],
)
def test_hostile_text_is_shown_as_it_is_written(hostile: str, html: str) -> None:
    assert facts_html([FactSection(hostile, (("x", hostile), ("", hostile)))]) == (
        f'<h2 id="facts-1">{html}</h2><table class="short" aria-labelledby="facts-1">'
        f'<tr><th scope="row">x</th><td>{html}</td></tr><tr><td colspan="2">{html}</td></tr></table>'
    )


@given(texts.filter(bool), texts)
@example(TEXTS[0], TEXTS[0])
def test_no_text_becomes_markup(label: str, value: str) -> None:
    html = Parsed(facts_html([FactSection(value, ((label, value), ("", value)))]))
    assert [name for name in html.names if name not in {"br", "wbr", "del", "ins"}] == [
        *("h2", "table", "tr", "th", "td", "tr", "td")
    ]
    assert html.text == " ".join(f"{visible(value)} {visible(label)} {visible(value)} {visible(value)}".split())


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert unescape(escaped(text)) == text


@given(texts, texts)
def test_only_what_has_one_arrow_is_taken_for_before_and_after(before: str, after: str) -> None:
    html = Parsed(facts_html([FactSection(CHANGES, (("key", f"{before} → {after}"),))]))
    assert ("del" in html.names) == ("→" not in before + after)


def test_alarms_that_fire_are_a_warning() -> None:
    assert (
        Parsed(firing_warning(("busy", "<b>"))).text == "Alarms already firing when approval was requested: busy, <b>"
    )
    assert firing_warning(()) == ""
