from html import unescape
from html.parser import HTMLParser
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promotion.sections import Section, as_html, as_text, visible

RELEASE = Section("The release", (("Service", "cowsay"), ("", "It has no tag."), ("image", "a → b")))
HOSTILE = "</td></table><script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;&lt;"
OVERRIDE, MARK = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LEFT-TO-RIGHT MARK}"

texts = st.text() | st.text("<>&'\"/=- !a\n→א\u202e", max_size=30)


class Parsed(HTMLParser):
    """The tags with their attributes, apart from the texts between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.text += "\n"
        else:
            self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", [("data", data)]))


def test_a_section_in_text() -> None:
    assert as_text(RELEASE) == "THE RELEASE\n  Service: cowsay\n  It has no tag.\n  image: a → b"


def test_a_section_in_html() -> None:
    assert as_html(RELEASE) == (
        "<h2>The release</h2><table>"
        '<tr><th scope="row">Service</th><td>cowsay</td></tr>'
        '<tr><td colspan="2">It has no tag.</td></tr>'
        '<tr><th scope="row">image</th><td>a → b</td></tr>'
        "</table>"
    )


@pytest.mark.parametrize(
    ("hostile", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('" onload="x', "&quot; onload=&quot;x"),
        ("' onload='x", "&#x27; onload=&#x27;x"),
        ("a&b &amp; &lt;", "a&amp;b &amp;amp; &amp;lt;"),
        (f"4f0c2d1{OVERRIDE}dorp", "4f0c2d1\\u202edorp"),
        ("one\ntwo", "one<br>two"),
        ("one<br>two", "one&lt;br&gt;two"),
    ],
)
def test_hostile_text_is_shown_as_it_is_written(hostile: str, html: str) -> None:
    section = Section(hostile, ((hostile, hostile), ("", hostile)))
    assert as_html(section) == (
        f'<h2>{html}</h2><table><tr><th scope="row">{html}</th><td>{html}</td></tr>'
        f'<tr><td colspan="2">{html}</td></tr></table>'
    )


@given(texts.filter(bool), texts)
@example(HOSTILE, HOSTILE)
def test_whatever_is_told_is_text_and_never_becomes_markup(label: str, value: str) -> None:
    parsed = Parsed(as_html(Section(value, ((label, value), ("", value)))))
    assert parsed.tags == Parsed(as_html(Section("a", (("a", "a"), ("", "a"))))).tags
    assert parsed.text == visible(value) + visible(label) + visible(value) * 2


@given(st.lists(st.tuples(texts, texts), max_size=4))
@example([("Reason", "fine\n  Digest: sha256:0000"), ("Reason", "fine\r  Digest: x\u2028\x85\x0b\x0cDigest: y")])
def test_nothing_that_is_told_makes_a_row_of_its_own(rows: list[tuple[str, str]]) -> None:
    title, *lines = as_text(Section("Facts", tuple(rows))).splitlines()
    assert title == "FACTS"
    assert len([line for line in lines if not line.startswith(" " * 6)]) <= len(rows)
    assert all(line.startswith("  ") for line in lines)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", ""),
        ("größe, Ελλάδα, 牛 🐄 ✔️ ••", "größe, Ελλάδα, 牛 🐄 ✔️ ••"),
        ("one\ntwo", "one\ntwo"),
        ("one\r\ntwo\tthree", "one\\r\ntwo\\tthree"),
        ("\x1b[2Kgone", "\\x1b[2Kgone"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("no\N{NO-BREAK SPACE}break\N{EM SPACE}wide", "no break wide"),
        (f"{OVERRIDE}dorp", "\\u202edorp"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        (f"{MARK}x", "\\u200ex"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("INFO → DEBUG", "INFO → DEBUG"),
        ("שלום → להתראות", f"שלום {MARK}→{MARK} להתראות"),
        ("مرحبا → INFO", f"مرحبا {MARK}→{MARK} INFO"),
        ("\u0661 → \u0662", f"\u0661 {MARK}→{MARK} \u0662"),
    ],
)
def test_what_nobody_would_see_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen
    seen.encode()


@given(texts)
def test_all_of_it_can_be_seen(text: str) -> None:
    for character in visible(text).replace(f"{MARK}→{MARK}", "→"):
        assert category(character)[0] in "LMNPS" or character in " \n"


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert visible(text) == text
    assert (
        unescape(as_html(Section("", (("", text),)))) == f'<h2></h2><table><tr><td colspan="2">{text}</td></tr></table>'
    )
