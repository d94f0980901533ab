"""The page behind an approver's link. It works without JavaScript, and everything on it is escaped."""

from html import escape

from promotion.approval import Approval

REASON_LENGTH = 500
"""How many characters a reason may have."""

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "th{text-align:left;padding-right:1rem;vertical-align:top}td{overflow-wrap:anywhere}"
    "textarea{width:100%;box-sizing:border-box}button{font:inherit;padding:.5rem 1.5rem;margin:.5rem .5rem 0 0}"
)


def question(approval: Approval, approver: str) -> str:
    """What is asked, with a form that decides. Opening the page decides nothing."""
    form = (
        f"<p>You answer as {escape(approver)}, until {escape(approval.expires_at)}.</p>"
        '<form method="post"><p><label for="reason">Reason (optional)</label>'
        f'<textarea id="reason" name="reason" rows="3" maxlength="{REASON_LENGTH}"></textarea></p>'
        '<button name="decision" value="approved">Approve</button>'
        '<button name="decision" value="rejected">Reject</button></form>'
    )
    return _page(f"{approval.release.service} to {approval.environment}?", _facts(approval) + form)


def outcome(approval: Approval, now: str) -> str:
    """What became of it; a second click is never an error."""
    status = approval.status(now)
    if status == "expired":
        told = (
            f"Nobody decided until {escape(approval.expires_at)}. The promotion has ended; start it again to ask again."
        )
    else:
        told = escape(f"{status.capitalize()} by {approval.decided_by} at {approval.decided_at}.")
        told += f" Reason: {escape(approval.reason)}" if approval.reason else ""
    return _page(
        f"{approval.release.service} to {approval.environment}: {status}",
        f"<p><strong>{told}</strong></p>{_facts(approval)}",
    )


def notice(title: str, sentence: str) -> str:
    """A page that says one thing."""
    return _page(title, f"<p>{escape(sentence)}</p>")


def _facts(approval: Approval) -> str:
    release = approval.release
    facts = {
        "Service": release.service,
        "Environment": approval.environment,
        "Tag": release.tag or "none",
        "Digest": release.image_digest,
        "Manifest revision": release.manifest_revision,
        "Live when asked": approval.live or "nothing",
        "Asked at": approval.requested_at,
    }
    return (
        "<table>"
        + "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in facts.items()
        )
        + "</table>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
