"""The link in an approver's mail, and the nonce that the page behind it gives to its form.

The nonce proves that whoever sends the form was given the page, with these facts on it. It is made without writing
anything, so that the function that shows the page needs no right to write: reading cannot decide.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Link:
    """One approver's way to an approval."""

    approval_id: str
    approver: str
    nonce_key: str = field(repr=False)
    """What the link's nonces are signed with; nobody but the functions behind the link knows it."""


def link_key(link_id: str) -> str:
    """What the ledger stores of a link's id: whoever reads the ledger cannot approve with it."""
    return _hash(link_id)


def make_nonce(link: Link, shown: Mapping[str, Any], random: str) -> str:
    """A nonce for one page.

    Args:
        link: whose page it is.
        shown: the facts that a decision is about.
        random: at least 128 bits, hex digits, different for each page.
    """
    said = f"{random}.{fingerprint(shown)}"
    return f"{said}.{_sign(link, said)}"


def check_nonce(nonce: str, link: Link, shown: Mapping[str, Any]) -> Literal["valid", "forged", "outdated"]:
    """Whether the link's page gave this nonce, and whether it showed what would be shown now."""
    said, _, signature = nonce.rpartition(".")
    if not hmac.compare_digest(_bytes(signature), _bytes(_sign(link, said))):
        return "forged"
    return "valid" if said.partition(".")[2] == fingerprint(shown) else "outdated"


def nonce_hash(nonce: str) -> str:
    """What is kept of a nonce that was used."""
    return _hash(nonce)


def fingerprint(shown: Mapping[str, Any]) -> str:
    """The same for the same facts, in whatever order they are told."""
    return _hash(json.dumps(shown, sort_keys=True))


def _sign(link: Link, said: str) -> str:
    return hmac.new(_bytes(link.nonce_key), _bytes(said), hashlib.sha256).hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    """Of any text: half a surrogate pair, which anybody can send in JSON, is no error but a wrong nonce."""
    return text.encode(errors="surrogatepass")
