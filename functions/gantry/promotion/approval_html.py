"""The HTML that the approval mail and the approval page share: the document around facts, with everything escaped."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from gantry.promotion.fact_section import AGAIN, CARRIED, CHANGES, KNOWN, RELEASED, SOURCE, FactSection
from gantry.promotion.source import is_address
from gantry.promotion.version import VERSION
from gantry.promotion.visible_text import one_line, visible

FIRING = "Alarms already firing when approval was requested"

LAYOUT = {
    "body": "margin:0;padding:16px;font-size:1em;line-height:1.5;overflow-wrap:anywhere;"
    "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif",
    "main": "display:block;max-width:44em;margin:0 auto",
    "footer": "max-width:44em;margin:28px auto 0",
    "h1": "margin:8px 0 16px;font-size:1.5em;line-height:1.25",
    "h2": "margin:28px 0 6px;font-size:1.05em;line-height:1.35",
    "p": "margin:12px 0",
    "table": "width:100%;border-collapse:collapse;table-layout:fixed",
    "th": "width:36%;padding:6px 8px 6px 0;text-align:left;vertical-align:top;font-weight:normal",
    "td": "padding:6px 0;text-align:left;vertical-align:top",
}
"""The layout of each element, without colours. Mails repeat it at each element: some programs drop the style sheet."""

_STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "body{background:#fff;color:#1b1f24}th,.small{color:#57606a}.small{font-size:.875em}"
    "th,td{border-top:1px solid #d0d7de}"
    ".changes{background:#f3f6fb;border-left:4px solid #0b57d0}"
    ".changes th,.changes td{padding:8px 12px!important}"
    ".changes td{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.925em}"
    "del{color:#a40e26}ins{color:#0b5c2c;font-weight:bold;text-decoration:none}"
    ".note{border:1px solid #d0d7de;border-left:6px solid #57606a;border-radius:6px;padding:12px 16px!important}"
    ".warning{border-color:#9a6700;background:#fff8e5}"
    "table.warning{border-left-width:6px;border-left-style:solid}"
    ".warning th,.warning td{padding:8px 12px!important}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,.small{color:#9da7b3}"
    "th,td,.note{border-color:#3d444d}.changes{background:#151c27;border-color:#79a9f5}"
    "del{color:#ffa198}ins{color:#7ee787}.warning{border-color:#d29922;background:#272115}}"
    # A phone has no room for long labels beside their values.
    "@media(max-width:480px){.long th,.long td{display:block;width:auto!important}"
    ".long th{padding-bottom:0!important}.long td{border-top:0;padding-top:0!important}}"
)
_CLASSES = {CHANGES: " changes", RELEASED: " warning", AGAIN: " warning"}
"""One more class of a table, by its section's title."""
_LONG_WORD = 12
"""Characters that fit beside a value on a phone."""


def escaped(text: str) -> str:
    """Return text from anywhere, ready to stand in an element."""
    return escape(visible(text)).replace("\n", "<br>")


def style_sheet(own: str) -> str:
    """Return the style sheet of one kind of document, with its own rules."""
    return "".join(f"{element}{{{style}}}" for element, style in LAYOUT.items()) + _STYLE + own


def document(title: str, body: str, style: str, meta: str = "") -> str:
    """Return a whole document.

    Args:
        title: as plain text; also its heading.
        body: HTML.
        style: its style sheet.
        meta: HTML for its head.
    """
    title = escape(one_line(title))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{meta}<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main>"
        f'<footer><span class="small">Gantry {VERSION}</span></footer></body></html>'
    )


def in_order(sections: Iterable[FactSection]) -> list[FactSection]:
    """Return the sections with the most important first: why people are asked, a quarantine, then the changes."""
    first = (AGAIN, RELEASED, KNOWN, CHANGES)
    return sorted(sections, key=lambda each: first.index(each.title) if each.title in first else len(first))


def facts_html(sections: Iterable[FactSection]) -> str:
    """Return each section as a heading and a table."""
    return "".join(_section(section, f"facts-{number}") for number, section in enumerate(in_order(sections), 1))


def firing_warning(firing: Sequence[str]) -> str:
    """Return the warning that alarms are firing; empty when none are."""
    if not firing:
        return ""
    return f'<p class="note warning"><strong>{FIRING}:</strong> {escaped(", ".join(firing))}</p>'


def _section(section: FactSection, heading: str) -> str:
    is_long = any(len(word) > _LONG_WORD for label, _ in section.rows for word in label.split())
    shown = {CHANGES: _change, CARRIED: _change, SOURCE: _address}.get(section.title, escaped)
    classes = ("long" if is_long else "short") + _CLASSES.get(section.title, "")
    rows = "".join(_row(label, shown(value)) for label, value in section.rows)
    title = f'<h2 id="{heading}">{escaped(section.title)}</h2>'
    return f'{title}<table class="{classes}" aria-labelledby="{heading}">{rows}</table>'


def _row(label: str, value: str) -> str:
    if not label:
        return f'<tr><td colspan="2">{value}</td></tr>'
    return f'<tr><th scope="row">{_label(label)}</th><td>{value}</td></tr>'


def _change(value: str) -> str:
    """Return before and after struck through and bold, so that they need no colour, each with its own text direction.

    A value with more arrows stays as it is: nobody can know where before ends and after begins.
    """
    before, joint, after = value.partition(" → ")
    if not joint or value.count("→") > 1:
        return escaped(value)
    return f'<del dir="auto">{escaped(before)}</del> → <ins dir="auto">{escaped(after)}</ins>'


def _address(value: str) -> str:
    """Return an address as a link that can be read, so that nobody is led to another place than they see."""
    return f'<a href="{escape(value)}" rel="noreferrer">{escaped(value)}</a>' if is_address(value) else escaped(value)


def _label(text: str) -> str:
    """Return a label whose long names break at their dots, underscores and slashes. No HTML entity contains those."""
    return re.sub(r"\S{25,}", lambda name: re.sub(r"(?<=[._/])(?=\w)", "<wbr>", name[0]), escaped(text))
