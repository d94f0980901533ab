"""The mails to approvers, as text and as HTML, with the same facts as the page. They load nothing from anywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gantry.promotion.approval import Approval
from gantry.promotion.approval_html import (
    FIRING,
    LAYOUT,
    document,
    escaped,
    facts_html,
    firing_warning,
    in_order,
    style_sheet,
)
from gantry.promotion.approval_sentences import explain
from gantry.promotion.canary_sentences import question
from gantry.promotion.fact_section import FactSection
from gantry.promotion.messages import WEAKER
from gantry.promotion.release import Release
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line, visible

_LONGEST_NAME = 80
"""Characters of a release or an environment in a subject, so that both are visible in a list of mails."""
_WARNING = (
    "Opening the link decides nothing: you answer on the page. The link is personal, so do not forward this mail."
)

_MAY_STOP = (
    "You were among those who had to approve. If you did not expect this, ask the people who run Gantry to stop the "
    "promotion, or the administrators of the pipeline for a floor in the policy file."
)

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
class ApprovalMail:
    """A mail to one person."""

    subject: str
    text: str
    html: str


def question_mail(approval: Approval, sections: Sequence[FactSection], link: str) -> ApprovalMail:
    """Return the mail that asks an approver, with a link of their own."""
    again = " again" if approval.why_again else ""
    return _question(f"{_what(approval)}{again}?", approval, sections, link)


def reminder_mail(approval: Approval, sections: Sequence[FactSection], link: str) -> ApprovalMail:
    """Return the mail that reminds an approver who has not answered."""
    what = _what(approval)
    return _question(f"Reminder: {what[0].lower()}{what[1:]}?", approval, sections, link)


def supersession_mail(approval: Approval) -> ApprovalMail:
    """Return the mail that says that there is nothing left to answer."""
    notice = f"{explain(approval)} There is nothing left to decide."
    body = f"<p>{escaped(notice)}</p>{_small(_execution(approval))}"
    return _mail(f"No longer needed: {_topic(approval)}", [visible(notice), visible(_execution(approval))], body)


def safeguards_mail(release: Release, sentences: Sequence[str], execution: str) -> ApprovalMail:
    """Return the mail to those who had to approve before, when a manifest protects an environment less than before."""
    first, where = WEAKER.format(release=release), f"Execution: {execution}"
    items = "".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences)
    body = f"<p>{escaped(first)}</p><ul>{items}</ul><p>{escaped(_MAY_STOP)}</p>{_small(where)}"
    text = [visible(first), *(visible(f"- {sentence}") for sentence in sentences), _MAY_STOP, visible(where)]
    return _mail(f"Less protection than before: {_short(release.service)}", text, body)


def _question(subject: str, approval: Approval, sections: Sequence[FactSection], link: str) -> ApprovalMail:
    until = f"Please answer by {readable(approval.expires_at)}."
    if approval.canary:
        until = f"{question(_short(str(approval.release)), _short(approval.environment))} {until}"
    firing = [visible(f"{FIRING}: {', '.join(approval.firing)}")] if approval.firing else []
    facts = [section.as_text() for section in in_order(sections)]
    button = f'<p><a class="answer" style="{_BUTTON}" href="{escape(link)}">Look at it and answer</a></p>'
    top = f"<p>{escaped(until)}</p>{firing_warning(approval.firing)}{button}{_small(_WARNING)}"
    return _mail(
        subject,
        [visible(until), *firing, link, _WARNING, *facts, visible(_execution(approval))],
        f"{top}{facts_html(sections)}{_small(_execution(approval))}",
    )


def _what(approval: Approval) -> str:
    if approval.canary:
        return f"Promote {_short(str(approval.release))} in {_short(approval.environment)} anyway"
    return f"Approve {_topic(approval)}"


def _topic(approval: Approval) -> str:
    return f"{_short(str(approval.release))} for {_short(approval.environment)}"


def _short(name: str) -> str:
    line = one_line(name)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _execution(approval: Approval) -> str:
    return f"Execution: {approval.execution}"


def _small(text: str) -> str:
    return f'<p class="small">{escaped(text)}</p>'


def _mail(subject: str, text: Sequence[str], body: str) -> ApprovalMail:
    return ApprovalMail(subject, "\n\n".join(text) + "\n", _inlined(document(subject, body, _STYLE, _META)))


def _inlined(html: str) -> str:
    """Return the HTML with the layout at each element. All text is escaped, so what looks like an element is one."""
    return re.sub(rf"<({'|'.join(LAYOUT)})(?=[ >])", lambda found: f'{found[0]} style="{LAYOUT[found[1]]}"', html)
