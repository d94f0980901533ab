"""How somebody looks at the status page, and the links that keep it that way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from string import ascii_letters, digits

from gantry.promotion.visible_text import visible

REFRESH_SECONDS = 30
"""How often the page loads itself again."""
_IN_AN_ADDRESS = frozenset(ascii_letters + digits + "-._~/")
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"
"""As the ledger writes moments."""
_USUAL_STACK = "gantry"
"""The stack that the command line takes when nobody names one."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """What somebody has chosen, as the page's address says it."""

    refreshes: bool = True
    """Whether the page loads itself again. Who reads slowly, or with a screen reader, can switch it off."""
    page: int = 1
    """Which page of the board, from 1 on."""
    before: str | None = None
    """Only what happened before this moment, on a service's page; None from the newest on."""
    stack: str = _USUAL_STACK
    """Gantry's stack, for the commands that the page gives."""

    @classmethod
    def of(cls, parameters: Mapping[str, str], stack: str = _USUAL_STACK) -> "StatusView":
        """Return what the query of an address says. What makes no sense there counts for nothing."""
        page, before = parameters.get("page", ""), parameters.get("before", "")
        return cls(
            refreshes=parameters.get("refresh") != "off",
            page=int(page) if re.fullmatch(r"[1-9][0-9]{0,4}", page, re.ASCII) else 1,
            before=before if re.fullmatch(_MOMENT, before, re.ASCII) else None,
            stack=stack,
        )

    def query(self, **changes: str) -> str:
        """Return the query of an address that keeps the choice about refreshing, ready to stand in an attribute."""
        kept = {} if self.refreshes else {"refresh": "off"}
        chosen = {name: value for name, value in (kept | changes).items() if value}
        return "?" + "&amp;".join(f"{name}={_encoded(value)}" for name, value in chosen.items()) if chosen else ""

    def command(self, *words: str) -> str:
        """Return a command to type, as HTML. Words that a shell would take apart are quoted."""
        stack = () if self.stack == _USUAL_STACK else ("--stack", self.stack)
        typed = " ".join(("gantry", *map(_for_a_shell, (*words, *stack))))
        return f"<code>{escape(visible(typed), quote=False)}</code>"


def service_address(service: str) -> str:
    """Return the address of a service's page, relative to the board's, which ends in `status`."""
    return f"status/{_encoded(service)}"


def board_address(service: str) -> str:
    """Return the address of the board, relative to a service's page. A service's name may have slashes."""
    return "../" * (service.count("/") + 1) + "status"


def _encoded(text: str) -> str:
    """Return a text as it stands in an address; slashes stay: https://www.rfc-editor.org/rfc/rfc3986#section-2.1."""
    return "".join(each if each in _IN_AN_ADDRESS else _octets(each) for each in text)


def _octets(character: str) -> str:
    return "".join(f"%{octet:02X}" for octet in character.encode(errors="replace"))


def _for_a_shell(word: str) -> str:
    """Return a word as POSIX shells read it as one; nothing in single quotes means anything to them."""
    is_plain = word.isascii() and all(each.isalnum() or each in "-_./:@%+=,…" for each in word) and word
    return word if is_plain else "'" + word.replace("'", "'\"'\"'") + "'"
