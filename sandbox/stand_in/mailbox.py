"""The mails that were sent through the stand-in's SES. They go nowhere else."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from sandbox.stand_in.process import StandIn

_LINK: Final = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it was handed to SES."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Read the mail from one of the stand-in's messages."""
        return cls(
            sender=message["Source"],
            to=tuple(message["To"]),
            subject=message["Subject"],
            text=message["BodyText"] or "",
            html=message["BodyHtml"] or "",
        )

    @property
    def links(self) -> tuple[str, ...]:
        """The links in the text and the HTML, each once, in order."""
        found = _LINK.findall(self.text) + _LINK.findall(unescape(self.html))
        return tuple(dict.fromkeys(link.rstrip(".,)") for link in found))


def mails(aws: StandIn, account: str) -> list[Mail]:
    """Return all mails that the account has sent, oldest first."""
    aws.check()
    url = f"{aws.endpoint}/_ministack/ses/messages?account={account}"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own port
        messages = json.load(answer)["messages"].get(account, [])
    return [Mail.of(message) for message in messages]
