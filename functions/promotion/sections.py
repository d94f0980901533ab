"""What people are told, as sections of short rows, and how the text and the HTML of a mail or a page show them.

Much of it comes from outside: reasons, tags, configuration, what mail servers say. It is shown so that nothing in it
can pass for something else: no markup, no row of its own, nothing that cannot be seen, no arrow that points backwards.
"""

from dataclasses import dataclass
from html import escape
from unicodedata import bidirectional, category

_FROM_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
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


def as_html(section: Section) -> str:
    """A heading and a table, with everything escaped."""
    return f"<h2>{_html(section.title)}</h2><table>{''.join(map(_row, section.rows))}</table>"


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
    if character.isprintable() or character == "\n":
        return character
    return " " if category(character) == "Zs" else character.encode("unicode_escape").decode()


def _row(row: tuple[str, str]) -> str:
    label, value = map(_html, row)
    if not label:
        return f'<tr><td colspan="2">{value}</td></tr>'
    return f'<tr><th scope="row">{label}</th><td>{value}</td></tr>'


def _html(text: str) -> str:
    return escape(visible(text)).replace("\n", "<br>")
