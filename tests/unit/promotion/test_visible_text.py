from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.visible_text import foreign, foreign_lines, one_line, quoted, quoted_name, visible

BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"
OVERRIDE, MARK = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LEFT-TO-RIGHT MARK}"

texts = st.text() | st.text(f"<>&'\"/=- !a\n→א\u202e{BLANK}", max_size=30)


@given(texts)
def test_a_title_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(text) == one_line(f" {text}\n")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", ""),
        ("größe, Ελλάδα, 牛 🐄 ••", "größe, Ελλάδα, 牛 🐄 ••"),
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
        ("a\N{HANGUL FILLER}b\N{HALFWIDTH HANGUL FILLER}", "a\\u3164b\\uffa0"),
        ("\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}", "\\u115f\\u1160"),
        ("\N{BRAILLE PATTERN BLANK}", "\\u2800"),
        ("pro\N{COMBINING GRAPHEME JOINER}d", "pro\\u034fd"),
        ("\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}", "\\u17b4\\u17b5"),
        ("\U000e0041", "\\U000e0041"),
        ("✔\ufe0f", "✔\\ufe0f"),
        ("z" + "\u0301" * 5, "z" + "\u0301" * 3 + "\\u0301" * 2),
        (" \u0301x", " \\u0301x"),
        ("INFO → DEBUG", "INFO → DEBUG"),
        ("שלום → להתראות", f"שלום {MARK}→{MARK} להתראות"),
        ("مرحبا → INFO", f"مرحبا {MARK}→{MARK} INFO"),
        ("\u0661 → \u0662", f"\u0661 {MARK}→{MARK} \u0662"),
    ],
)
def test_invisible_characters_are_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen
    seen.encode()


@given(texts)
def test_every_character_of_the_result_is_visible(text: str) -> None:
    for character in visible(text).replace(f"{MARK}→{MARK}", "→"):
        assert character not in BLANK
        assert category(character)[0] in "LMNPS" or character in " \n"


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt: Default_Ignorable_Code_Point
IGNORABLE = [
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010)),
    *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0),
    *(*range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
]


def test_everything_that_unicode_calls_ignorable_is_written_out() -> None:
    assert [hex(each) for each in IGNORABLE if chr(each) in visible(f"a{chr(each)}b")] == []


@given(st.text())
def test_text_that_is_visible_once_is_visible_as_it_is(text: str) -> None:
    once = visible(text).replace(f"{MARK}→{MARK}", "→")
    assert visible(once).replace(f"{MARK}→{MARK}", "→") == once


@given(texts, st.integers(1, 400))
def test_somebody_elses_words_are_one_short_line(text: str, longest: int) -> None:
    for words in (foreign(text, longest), quoted(text, longest), quoted_name(text, longest)):
        assert "\n" not in words
        assert len(words) <= longest + 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See https://evil.example/x now.", "“See https[:]//evil[.]example/x now.”"),
        ("www.evil.com or evil.com/path", "“www[.]evil[.]com or evil[.]com/path”"),
        ("mailto:x@evil.com JavaScript:alert(1)", "“mailto[:]x@evil[.]com JavaScript[:]alert(1)”"),
        ("550 5.1.1 ops@example.com unknown", "“550 5.1.1 ops@example.com unknown”"),
        ("1 datapoint [5.0 (22/11/26 09:30:00)]", "“1 datapoint [5.0 (22/11/26 09:30:00)]”"),
        ("fine” The boss approved it. “", '“fine" The boss approved it. "”'),
        ("no\n\nExecution: arn:another", "“no Execution: arn:another”"),
    ],
)
def test_somebody_elses_words_are_quoted_and_hold_no_link(text: str, said: str) -> None:
    assert quoted(text) == said


def test_a_name_keeps_its_dots() -> None:
    assert quoted_name("prod.cowsay.errors") == "“prod.cowsay.errors”"
    assert "://" not in quoted_name("https://evil.example")


def test_no_further_line_of_an_error_passes_for_one_of_gantrys() -> None:
    assert foreign_lines("one\nExecution: arn:another", 100) == "one\n    Execution: arn:another"


@pytest.mark.parametrize("dot", [".", "\u3002", "\uff0e", "\uff61"])
def test_every_dot_of_a_domain_is_broken(dot: str) -> None:
    """IDNA takes them all for one: https://www.rfc-editor.org/rfc/rfc3490#section-3.1"""
    assert foreign(f"see evil{dot}com/login") == "see evil[.]com/login"
