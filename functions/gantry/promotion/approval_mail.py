"""The mails to approvers: as text and as HTML, with the same facts as the page. They load nothing from anywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gantry.promotion.approval import Approval
from gantry.promotion.approval_html import (
    FIRING,
    LAYOUT,
    document,
    facts,
    in_order,
    one_line,
    shown,
    style_sheet,
    warning,
)
from gantry.promotion.sections import Section, as_text, visible
from gantry.promotion.timestamps import readable

_LONGEST_NAME = 80
"""Of a release or an environment in a subject, in characters: what it is about has to be seen in a list of mails."""
_WARNING = "Opening the link decides nothing: the page asks. The link is yours alone, so do not forward this mail."

# Without the style sheet the text is black on white and the button still a button.
_BUTTON = (
    "display:inline-block;padding:14px 28px;border-radius:8px;background:#0b57d0;color:#fff;font-weight:bold;"
    "text-decoration:none"
)
_STYLE = style_sheet("@media(prefers-color-scheme:dark){.answer{background:#a8c7fa!important;color:#062e6f!important}}")
_META = (
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">'
)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to one person."""

    subject: str
    text: str
    html: str


def question(approval: Approval, sections: Sequence[Section], link: str) -> Message:
    """Ask somebody, by a link of their own."""
    return _asking(f"Approve {_about(approval)}?", approval, sections, link)


def reminder(approval: Approval, sections: Sequence[Section], link: str) -> Message:
    """Ask somebody again who has not answered."""
    return _asking(f"Reminder: approve {_about(approval)}?", approval, sections, link)


def superseded(approval: Approval) -> Message:
    """Tell somebody that there is nothing to answer any more."""
    told = f"{approval.explain()} There is nothing left to decide about {approval.release}."
    body = f"<p>{shown(told)}</p>{_small(_execution(approval))}"
    return _message(f"No longer needed: {_about(approval)}", [visible(told), visible(_execution(approval))], body)


def _asking(subject: str, approval: Approval, sections: Sequence[Section], link: str) -> Message:
    until = f"Please answer by {readable(approval.expires_at)}."
    firing = [visible(f"{FIRING}: {', '.join(approval.firing)}")] if approval.firing else []
    text = [until, *firing, link, _WARNING, *map(as_text, in_order(sections)), visible(_execution(approval))]
    button = f'<p><a class="answer" style="{_BUTTON}" href="{escape(link)}">Look at it and answer</a></p>'
    top = f"<p>{until}</p>{warning(approval.firing)}{button}{_small(_WARNING)}"
    return _message(subject, text, f"{top}{facts(sections)}{_small(_execution(approval))}")


def _about(approval: Approval) -> str:
    return f"{_short(str(approval.release))} for {_short(approval.environment)}"


def _short(name: str) -> str:
    line = one_line(name)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _execution(approval: Approval) -> str:
    return f"Execution: {approval.execution}"


def _small(text: str) -> str:
    return f'<p class="small">{shown(text)}</p>'


def _message(subject: str, text: Sequence[str], body: str) -> Message:
    return Message(subject, "\n\n".join(text) + "\n", _inlined(document(subject, body, _STYLE, _META)))


def _inlined(html: str) -> str:
    """With the layout at each element. All text in it is escaped, so that what looks like an element is one."""
    return re.sub(rf"<({'|'.join(LAYOUT)})(?=[ >])", lambda found: f'{found[0]} style="{LAYOUT[found[1]]}"', html)
