"""What an approver does: read the mail, open the page, press a button."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from html import unescape

from sandbox.driver.stack import Stack
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.mailbox import Mail, mails


def nonce_on(page: str) -> str:
    """Return the nonce in an approval page's form; empty when the page has no form."""
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def _by_lower_case(headers: Message) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


@dataclass
class Approvals(Stack):
    """The approval mails and the approval API."""

    def mail_to(self, approver: str, text: str, seconds: float = 60) -> Mail:
        """Return the newest mail to the approver that contains a text, as soon as there is one."""

        def arrived() -> Mail | None:
            found = [mail for mail in mails(self.stand_in, ASSETS) if approver in mail.to and text in mail.text]
            return found[-1] if found else None

        return eventually(f"a mail to {approver} about {text}", arrived, seconds)

    def answer(self, link: str, decision: str, reason: str = "", environment: str = "") -> tuple[int, str]:
        """Open the approval page and press a button on it; return the status and the page that comes back."""
        _, shown = self.http("GET", link)
        return self.post(link, decision=decision, reason=reason, environment=environment, nonce=nonce_on(shown))

    def post(self, link: str, **fields: str) -> tuple[int, str]:
        """Send a form as a browser does; return the status and the page that comes back."""
        form = urllib.parse.urlencode(fields).encode()
        return self.http("POST", link, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def http(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Send a request to the approval API; return the status and the body."""
        status, text, _ = self.exchange(method, url, body, headers)
        return status, text

    def exchange(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, Mapping[str, str]]:
        """Send a request to the approval API; return the status, the body and the headers, named in lower case."""
        request = urllib.request.Request(url, body, dict(headers or {}), method=method)  # noqa: S310 -- our own links
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- our own links
                return answer.status, answer.read().decode(), _by_lower_case(answer.headers)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(), _by_lower_case(refused.headers)
