"""Text from anywhere, with everything in it that nobody could see written out."""

import re
from collections.abc import Iterator
from unicodedata import bidirectional, category, name

LONGEST = 300
"""Characters of somebody else's words among Gantry's own."""
LONGEST_REASON = 500
"""Characters of the reason that a person gives for an answer, a rollback or a release from quarantine."""

_FROM_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Nothing is to be seen of these, although Python calls them printable: variation selectors, fillers, joiners, the
# inherent vowels of Khmer, the Braille pattern without dots. Their names say so, also those of future ones.
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_BLANK_NAME = re.compile(r"VARIATION SELECTOR|FILLER|JOINER|INHERENT|(PATTERN|FULL|HALF) BLANK|NULL NOTEHEAD")
_MOST_MARKS = 3
"""Accents on one letter. Languages need no more, and a pile of them covers the lines above and below."""
_QUOTATION_MARK = re.compile("[“”„‟]")
_LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"

_NEXT_SENTENCE = re.compile(r"(?<!\be\.g)[.!?] (?=[A-Z“\"'])")
_ENDS = ".!?…"
_LONGEST_WORD = 40
"""Characters. Where more than these would be lost, a cut goes through a word."""

_SCHEME = re.compile(r"(?<=\w):(?=//)|(?<=\bmailto):|(?<=\btel):|(?<=\bjavascript):", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+\W?", re.ASCII)
_DOMAIN_DOT = re.compile(r"(?<=[\w-])[.。．｡](?=[^\W\d_][\w-])")  # noqa: RUF001 -- all that IDNA takes for a dot


def visible(text: str) -> str:
    """Return the text with its invisible characters written out: a right-to-left override becomes `\\u202e`.

    New lines stay, and spaces of all widths become spaces. Between words that are written from right to left, an arrow
    would be read backwards, as if before were after. A mark on both sides of the arrow prevents that.
    https://www.unicode.org/reports/tr9/#Implicit_Directional_Marks
    """
    written_out = text if text.isascii() and text.isprintable() else "".join(_visible(text))
    if any(bidirectional(character) in _FROM_RIGHT_TO_LEFT for character in written_out):
        return written_out.replace("→", f"{_LEFT_TO_RIGHT_MARK}→{_LEFT_TO_RIGHT_MARK}")
    return written_out


def one_line(text: str) -> str:
    """Return the text in one visible line, for a subject or a title."""
    return " ".join(visible(" ".join(text.split())).split())


def shortened(text: str, longest: int) -> str:
    """Return the beginning of a text. If it was longer, it ends with an ellipsis, after a whole word if there is one.

    A word without an end near the cut, such as a digest or another script's sentence, is cut itself.
    """
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    end = 0 if text[longest - 1].isspace() else max(kept.rfind(" "), kept.rfind("\n"))
    return f"{(kept[:end] if end > max(len(kept) - _LONGEST_WORD, len(kept) // 2) else kept).rstrip()}…"


def ended(message: str) -> str:
    """Return a message of several sentences with a full stop at its end. One sentence, or lines, stay as they are."""
    is_several = "\n" not in message and _NEXT_SENTENCE.search(message)
    return f"{message}." if is_several and message[-1] not in _ENDS else message


def foreign(text: str, longest: int = LONGEST) -> str:
    """Return somebody else's words as one visible line in which no mail program finds a link to a page."""
    words = one_line(text[: longest + 1]).split(" ")
    return shortened(" ".join(each if _ADDRESS.fullmatch(each) else _unlinked(each) for each in words), longest)


def foreign_lines(text: str, longest: int) -> str:
    """Return what may be somebody else's lines, all but the first one indented. No address of a page is a link."""
    return shortened(_SCHEME.sub("[:]", visible(text[: longest + 1])), longest).replace("\n", "\n    ")


def quoted(text: str, longest: int = LONGEST) -> str:
    """Return somebody else's words among Gantry's own: `“…”`. No quotation mark in them ends the quotation."""
    return f"“{_QUOTATION_MARK.sub(chr(34), foreign(text, longest))}”"


def quoted_name(text: str, longest: int = LONGEST) -> str:
    """Return a name that somebody has chosen, such as an alarm's. Its dots stay, because people look it up."""
    line = _SCHEME.sub("[:]", one_line(text[: longest + 1]))
    return f"“{_QUOTATION_MARK.sub(chr(34), shortened(line, longest))}”"


def _unlinked(word: str) -> str:
    return _DOMAIN_DOT.sub("[.]", _SCHEME.sub("[:]", word))


def _visible(text: str) -> Iterator[str]:
    marks = _MOST_MARKS
    for character in text:
        is_mark = category(character) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0 if category(character)[0] in "LNPSM" else _MOST_MARKS
        yield _written_out(character) if is_mark and marks > _MOST_MARKS else _alone(character)


def _alone(character: str) -> str:
    if character == "\n" or (character.isprintable() and not _BLANK_NAME.search(name(character, ""))):
        return character
    return " " if category(character) == "Zs" else _written_out(character)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode()
