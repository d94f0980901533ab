from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.visible_text import one_line, visible

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
        ("a\N{HANGUL FILLER}b\N{HALFWIDTH HANGUL FILLER}", "a\\u3164b\\uffa0"),
        ("\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}", "\\u115f\\u1160"),
        ("\N{BRAILLE PATTERN BLANK}", "\\u2800"),
        ("pro\N{COMBINING GRAPHEME JOINER}d", "pro\\u034fd"),
        ("\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}", "\\u17b4\\u17b5"),
        ("\U000e0041", "\\U000e0041"),
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
