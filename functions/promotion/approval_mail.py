"""The mail that asks one approver: text and HTML, with the same facts and a link of their own."""

from dataclasses import dataclass
from html import escape

from promotion.approval import Approval


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to one person."""

    subject: str
    text: str
    html: str


def compose(approval: Approval, link: str) -> Message:
    """The same question for everybody; only the link differs."""
    release = approval.release
    facts = [
        ("Service", release.service),
        ("Environment", approval.environment),
        ("Tag", release.tag or "none"),
        ("Digest", release.image_digest),
        ("Manifest revision", release.manifest_revision),
        ("Live there now", approval.live or "nothing"),
        ("Answer until", approval.expires_at),
    ]
    lines = "\n".join(f"{name}: {value}" for name, value in facts)
    rows = "".join(f"<tr><th align='left'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    ask = "The link shows the question; opening it decides nothing. It is yours alone: do not forward it."
    return Message(
        subject=f"Approve {release} for {approval.environment}?",
        text=f"{lines}\n\n{link}\n\n{ask}\nExecution: {approval.execution}\n",
        html=f"<table>{rows}</table><p><a href='{escape(link)}'>Approve or reject</a></p><p>{escape(ask)}</p>",
    )
