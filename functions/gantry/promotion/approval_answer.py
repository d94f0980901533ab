"""One approver's answer to a question about a release."""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["approved", "rejected", "keep_waiting"]
"""What one approver can decide. Only a question about a canary has `keep_waiting`."""
Outcome = Literal["approved", "rejected", "keep_waiting", "expired", "superseded", "undeliverable", "stopped"]
"""How an approval ends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One approver's decision, with everything that is kept about it."""

    approver: str
    """As the manifest names them."""
    decision: Decision
    at: str
    """ISO 8601, UTC."""
    identity: str
    """Who answered, as far as it is proved: the address of the link, the subject of a token, or a caller's ARN."""
    source_ip: str
    user_agent: str
    snapshot: str = ""
    """The fingerprint of the facts that the approver saw. The approval keeps the facts themselves."""
    reason: str | None = None
    nonce: str | None = None
    """The hash of the page's nonce. No other answer can carry the same one."""
