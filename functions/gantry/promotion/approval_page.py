"""The page behind an approver's link. It works without JavaScript, and everything on it is escaped."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape

from gantry.promotion.approval import Approval
from gantry.promotion.approval_html import document, escaped, facts_html, firing_warning, style_sheet
from gantry.promotion.fact_section import FactSection
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
_APPROVE = f'<button name="decision" value="approved" class="approved">{_MARKS["approved"]}Approve</button>'
_REJECT = (
    f'<button name="decision" value="rejected" class="rejected" formnovalidate>{_MARKS["rejected"]}Reject</button>'
)
_CONFIRM = (
    '<p><label for="environment">To approve, type the environment\'s name: <strong>{}</strong></label>'
    '<input id="environment" name="environment" required autocomplete="off" autocapitalize="none" autocorrect="off"'
    ' spellcheck="false"></p>'
)


def question_page(
    approval: Approval, sections: Sequence[FactSection], approver: str, nonce: str, objection: str | None = None
) -> str:
    """Return the page with the question and a form that decides. Opening the page decides nothing.

    Args:
        approval: the approval.
        sections: its facts.
        approver: the approver who is asked.
        nonce: the nonce that the form sends.
        objection: why this approver can only reject it; None when they can approve it.
    """
    return _page(
        f"Approve {approval.release} for {approval.environment}?",
        firing_warning(approval.firing) + facts_html(sections) + _form(approval, approver, nonce, objection),
    )


def status_page(approval: Approval, sections: Sequence[FactSection], sentence: str) -> str:
    """Return the page for an approver with nothing to decide: the approval has ended, or they have answered."""
    outcome = approval.outcome or "nothing left for you to decide"
    status = _MARKS.get(outcome, "") + escaped(sentence)
    return _page(
        f"{approval.release} for {approval.environment}: {outcome}",
        f'<p class="note outcome {approval.outcome or "open"}" role="status">{status}</p>{facts_html(sections)}',
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


def _form(approval: Approval, approver: str, nonce: str, objection: str | None) -> str:
    buttons = _APPROVE + _REJECT
    if objection:
        before, buttons = f'<p class="note">{escaped(objection)} You can reject it.</p>', _REJECT
    else:
        before = _CONFIRM.format(escaped(approval.environment)) if approval.policy.confirm else ""
    return (
        f"<h2>Your answer</h2><p>You answer as {escaped(approver)}, until {readable(approval.expires_at)}.</p>"
        f'<form method="post">{_ENTER_DECIDES_NOTHING}<input type="hidden" name="nonce" value="{escape(nonce)}">'
        '<p><label for="reason">Reason (optional, at most '
        f"{LONGEST_REASON} characters)</label>"
        f'<textarea id="reason" name="reason" rows="3" maxlength="{LONGEST_REASON}"></textarea></p>'
        f'{before}<p class="answers">{buttons}</p></form>'
    )


def _page(title: str, body: str) -> str:
    return document(title, body, _STYLE, '<meta name="robots" content="noindex">')
