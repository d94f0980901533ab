"""What people are told, as sections of short rows, and the text of a mail that shows them.

Much of it comes from outside: reasons, tags, configuration, what mail servers say. It is shown so that nothing in it
can pass for something else: no markup, no row of its own, nothing that cannot be seen, no arrow that points backwards.
"""

from dataclasses import dataclass
from unicodedata import bidirectional, category

_FROM_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Blank although they count as letters, marks or symbols: fillers of Hangul, the joiner that joins nothing, the inherent
# vowels of Khmer and the Braille pattern without dots. https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and below it labels with their values; a row without a label is a sentence."""

    title: str
    rows: tuple[tuple[str, str], ...]


def as_text(section: Section) -> str:
    """For mail programs that show no HTML. What a value says on further lines stands further in than any row."""
    rows = (f"{label}: {value}" if label else value for label, value in section.rows)
    lines = (visible(row).replace("\n", "\n      ") for row in rows)
    return "\n".join([visible(section.title).upper(), *(f"  {line}" for line in lines)])


def visible(text: str) -> str:
    """The text with what nobody would see written out: a right-to-left override becomes `\\u202e`.

    New lines stay, and spaces of all widths are spaces. Between words that are written from right to left an arrow
    would be read backwards, as if what was before came after; a mark on both sides of it keeps it in place.
    https://www.unicode.org/reports/tr9/#Implicit_Directional_Marks
    """
    seen = "".join(map(_visible, text))
    if any(bidirectional(character) in _FROM_RIGHT_TO_LEFT for character in seen):
        return seen.replace("→", f"{_LEFT_TO_RIGHT_MARK}→{_LEFT_TO_RIGHT_MARK}")
    return seen


def _visible(character: str) -> str:
    if (character.isprintable() and character not in _BLANK) or character == "\n":
        return character
    return " " if category(character) == "Zs" else character.encode("unicode_escape").decode()
