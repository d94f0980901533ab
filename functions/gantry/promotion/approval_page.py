"""The page behind an approver's link. It works without JavaScript, and everything on it is escaped."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Decision
from gantry.promotion.approval_html import document, escaped, facts_html, firing_warning, style_sheet
from gantry.promotion.canary_question import CanaryQuestion
from gantry.promotion.canary_sentences import outcome_in_short, question
from gantry.promotion.fact_section import FactSection
from gantry.promotion.judge.chart import chart
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import LONGEST_REASON

_STYLE = style_sheet(
    ".outcome{font-weight:600;font-size:1.125em}.approved{border-color:#1a7f37}.refused,.rejected{border-color:#a40e26}"
    "form{margin:8px 0 32px}label{display:block;font-weight:600}"
    "textarea,input{box-sizing:border-box;width:100%;min-height:44px;margin:4px 0 0;padding:10px 12px;font:inherit;"
    "color:inherit;background:transparent;border:1px solid #6e7781;border-radius:6px}"
    ".answers{display:flex;flex-wrap:wrap;gap:16px;margin:20px 0 0}"
    "button{min-height:48px;padding:10px 32px;font:inherit;font-weight:600;border-radius:8px;cursor:pointer}"
    "button.approved{color:#fff;background:#1a7f37;border:2px solid #1a7f37}"
    "button.rejected{color:#a40e26;background:transparent;border:2px solid #a40e26}"
    "button.keep_waiting{color:inherit;background:transparent;border:2px solid #6e7781}"
    "figure{margin:16px 0}svg{display:block;width:100%;height:auto}"
    ":focus-visible{outline:3px solid #0b57d0;outline-offset:3px}"
    "@media(max-width:480px){.answers{flex-direction:column}button{width:100%}}"
    "@media(prefers-color-scheme:dark){textarea,input{border-color:#8b949e}"
    ".approved{border-color:#3fb950}.refused,.rejected{border-color:#ffa198}a{color:#a8c7fa}"
    "button.approved{background:#1f7a35;border-color:#3fb950}button.rejected{color:#ffa198;border-color:#ffa198}"
    ":focus-visible{outline-color:#a8c7fa}}"
)
STYLE_SOURCE = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
"""For a Content-Security-Policy that allows the pages' own style sheet and no other style."""

_MARKS = {"approved": '<span aria-hidden="true">✓ </span>', "rejected": '<span aria-hidden="true">✕ </span>'}
# https://html.spec.whatwg.org/#implicit-submission
_ENTER_DECIDES_NOTHING = "<button disabled hidden></button>"
_CONFIRM = (
    '<p><label for="environment">{}, type the environment\'s name: <strong>{}</strong></label>'
    '<input id="environment" name="environment" required autocomplete="off" autocapitalize="none" autocorrect="off"'
    ' spellcheck="false"></p>'
)


@dataclass(frozen=True, slots=True)
class AnswerChoices:
    """What an approver can answer."""

    objection: str | None = None
    """Why they cannot approve it; None when they can."""
    may_wait: bool = False
    """Whether they can keep waiting, which only a question about a canary offers."""


_ALL = AnswerChoices()


def question_page(
    approval: Approval,
    sections: Sequence[FactSection],
    approver: str,
    nonce: str,
    choices: AnswerChoices = _ALL,
) -> str:
    """Return the page with the question and a form that decides. Opening the page decides nothing.

    Args:
        approval: the approval.
        sections: its facts.
        approver: the approver who is asked.
        nonce: the nonce that the form sends.
        choices: what they can answer.
    """
    title = f"Approve {approval.release} for {approval.environment}?"
    if approval.canary:
        title = question(str(approval.release), approval.environment)
    facts = firing_warning(approval.firing) + _chart(approval.canary) + facts_html(sections)
    return _page(title, facts + _form(approval, approver, nonce, choices))


def status_page(approval: Approval, sections: Sequence[FactSection], sentence: str) -> str:
    """Return the page for an approver with nothing to decide: the approval has ended, or they have answered."""
    outcome: str = approval.outcome or "nothing left for you to decide"
    status = _MARKS.get(outcome, "") + escaped(sentence)
    if approval.outcome and approval.canary:
        outcome = outcome_in_short(approval.outcome)
    return _page(
        f"{approval.release} for {approval.environment}: {outcome}",
        f'<p class="note outcome {approval.outcome or "open"}" role="status">{status}</p>'
        f"{_chart(approval.canary)}{facts_html(sections)}",
    )


def refusal_page(title: str, text: str) -> str:
    """Return the page that says why something was not done, and what to do about it."""
    return _page(title, f'{_alert(text)}<p><a href="">Open the page again</a></p>')


def resend_page(title: str, text: str) -> str:
    """Return the page that asks to send the form again. It has no link, which would lose the form."""
    return _page(title, _alert(text))


def notice_page(title: str, sentence: str) -> str:
    """Return a page with one sentence."""
    return _page(title, f"<p>{escaped(sentence)}</p>")


def _alert(text: str) -> str:
    return f'<p class="note outcome refused" role="alert">{escaped(text)}</p>'


def _chart(canary: CanaryQuestion | None) -> str:
    """Return both versions minute by minute. The chart is Gantry's own drawing of numbers; nothing in it is foreign."""
    if canary is None or not canary.known.minutes:
        return ""
    return f"<figure>{chart([each.as_minute() for each in canary.known.minutes])}</figure>"


def _form(approval: Approval, approver: str, nonce: str, choices: AnswerChoices) -> str:
    approve, reject = ("Promote anyway", "Roll back") if approval.canary else ("Approve", "Reject")
    others = (_button("keep_waiting", "Keep waiting") if choices.may_wait else "") + _button("rejected", reject)
    if choices.objection:
        instead = "You can roll it back." if approval.canary else "You can reject it."
        before, buttons = f'<p class="note">{escaped(choices.objection)} {instead}</p>', others
    else:
        to_do = "To promote it anyway" if approval.canary else "To approve"
        before = _CONFIRM.format(to_do, escaped(approval.environment)) if approval.policy.confirm else ""
        buttons = _button("approved", approve) + others
    return (
        f"<h2>Your answer</h2><p>You answer as {escaped(approver)}, until {readable(approval.expires_at)}.</p>"
        f'<form method="post">{_ENTER_DECIDES_NOTHING}<input type="hidden" name="nonce" value="{escape(nonce)}">'
        '<p><label for="reason">Reason (optional, at most '
        f"{LONGEST_REASON} characters)</label>"
        f'<textarea id="reason" name="reason" rows="3" maxlength="{LONGEST_REASON}"></textarea></p>'
        f'{before}<p class="answers">{buttons}</p></form>'
    )


def _button(decision: Decision, label: str) -> str:
    """Return a button. Only approving needs the environment's name."""
    unchecked = "" if decision == "approved" else " formnovalidate"
    mark = _MARKS.get(decision, "")
    return f'<button name="decision" value="{decision}" class="{decision}"{unchecked}>{mark}{label}</button>'


def _page(title: str, body: str) -> str:
    return document(title, body, _STYLE, '<meta name="robots" content="noindex">')
