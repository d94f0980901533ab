"""Text from anywhere, with everything in it that nobody could see written out."""

from unicodedata import bidirectional, category

_FROM_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Blank although they count as letters, marks or symbols: fillers of Hangul, the joiner that joins nothing, the inherent
# vowels of Khmer and the Braille pattern without dots. https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"


def visible(text: str) -> str:
    """Return the text with its invisible characters written out: a right-to-left override becomes `\\u202e`.

    New lines stay, and spaces of all widths become spaces. Between words that are written from right to left, an arrow
    would be read backwards, as if before were after. A mark on both sides of the arrow prevents that.
    https://www.unicode.org/reports/tr9/#Implicit_Directional_Marks
    """
    written_out = "".join(map(_visible, text))
    if any(bidirectional(character) in _FROM_RIGHT_TO_LEFT for character in written_out):
        return written_out.replace("→", f"{_LEFT_TO_RIGHT_MARK}→{_LEFT_TO_RIGHT_MARK}")
    return written_out


def one_line(text: str) -> str:
    """Return the text in one visible line, for a subject or a title."""
    return " ".join(visible(text).split())


def _visible(character: str) -> str:
    if (character.isprintable() and character not in _BLANK) or character == "\n":
        return character
    return " " if category(character) == "Zs" else character.encode("unicode_escape").decode()
