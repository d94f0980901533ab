"""The link in an approver's mail, and the nonce that the page behind it gives to its form.

The nonce proves that the sender of the form has seen the page, with these facts on it. It is made without writing
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
    """The key that signs the link's nonces. Only the functions behind the link know it."""


def link_key(link_id: str) -> str:
    """Return what the ledger stores of a link's id. Nobody can approve with it, so reading the ledger is harmless."""
    return _hash(link_id)


def make_nonce(link: Link, snapshot: Mapping[str, Any], random: str) -> str:
    """Return a nonce for one page.

    Args:
        link: the link that leads to the page.
        snapshot: the facts that a decision is about.
        random: at least 128 bits, hex digits, different for each page.
    """
    signed = f"{random}.{fingerprint(snapshot)}"
    return f"{signed}.{_sign(link, signed)}"


def check_nonce(nonce: str, link: Link, snapshot: Mapping[str, Any]) -> Literal["valid", "forged", "outdated"]:
    """Check whether the link's page gave this nonce, and whether it showed the facts that it would show now."""
    signed, _, signature = nonce.rpartition(".")
    if not hmac.compare_digest(_bytes(signature), _bytes(_sign(link, signed))):
        return "forged"
    return "valid" if signed.partition(".")[2] == fingerprint(snapshot) else "outdated"


def nonce_hash(nonce: str) -> str:
    """Return what is kept of a nonce that was used."""
    return _hash(nonce)


def fingerprint(snapshot: Mapping[str, Any]) -> str:
    """Return a hash of the facts, whatever their order."""
    return _hash(json.dumps(snapshot, sort_keys=True))


def _sign(link: Link, text: str) -> str:
    return hmac.new(_bytes(link.nonce_key), _bytes(text), hashlib.sha256).hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    """Encode any text: half a surrogate pair, which anybody can send in JSON, is a wrong nonce and not an error."""
    return text.encode(errors="surrogatepass")
