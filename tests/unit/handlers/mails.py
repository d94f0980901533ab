"""The mails that people got, and the addresses that SES refuses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Self

import pytest
from botocore.exceptions import ClientError

from gantry.aws.mail import Mail
from gantry.promotion.errors import MailError

_LINK = re.compile(r'href="https://approvals\.example\.com/approvals/([\w-]+)"')


@dataclass(frozen=True)
class Received:
    """One mail, with what its HTML says."""

    to: str
    subject: str
    html: str

    @classmethod
    def of(cls, message: Any) -> Self:
        (to,) = message.destinations["ToAddresses"]
        return cls(to, message.subject, message.body)

    @property
    def text(self) -> str:
        """What it says, without markup."""
        return as_text(self.html)

    @property
    def link(self) -> str:
        """The id in the only link."""
        (link,) = _LINK.findall(self.html)
        return str(link)


def as_text(html: str) -> str:
    """What is to be read in a document, without its markup."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html.replace("<wbr>", ""))).split())


Mailed = Callable[[], list[Received]]
"""All mails so far."""

REFUSED = MailError("no mail to them: the address is not verified. To do: verify it")
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "SendEmail")


def refuse(monkeypatch: pytest.MonkeyPatch, *addresses: str, error: Exception = REFUSED) -> None:
    """Let no mail to these through."""
    send = Mail.send

    def refusing(mail: Mail, to: str, *rest: Any) -> None:
        if to in addresses:
            raise error
        send(mail, to, *rest)

    monkeypatch.setattr(Mail, "send", refusing)


def record_tags(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mapping[str, str]]]:
    """To whom mails go from now on, and with which tags: moto does not keep them."""
    send, tagged = Mail.send, list[tuple[str, Mapping[str, str]]]()

    def recording(mail: Mail, to: str, *what: Any) -> None:
        *_, tags = what
        tagged.append((to, tags))
        send(mail, to, *what)

    monkeypatch.setattr(Mail, "send", recording)
    return tagged


def and_then(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen right after each mail that SES takes."""
    send = Mail.send

    def sending(mail: Mail, *what: Any) -> None:
        send(mail, *what)
        happens()

    monkeypatch.setattr(Mail, "send", sending)
