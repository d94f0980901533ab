"""Note the approvers whose question did not arrive, so that no promotion waits for somebody who cannot answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.visible_text import one_line, quoted, shortened
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.approvals.mailing import note_undelivered
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class BouncedMail:
    """A mail that SES had accepted, and that did not arrive."""

    approval_id: str
    kind: str
    """What kind of mail it was."""
    reasons: Mapping[str, str]
    """Why it did not arrive, by address."""


def note_bounce(mail: BouncedMail, services: Services) -> None:
    """Note everybody who cannot be reached. The approval ends when too few approvers are left.

    A bounced reminder or notice makes nobody unreachable: their question has arrived.
    """
    if mail.kind != "question":
        logger.info("safely ignored: only a bounced question matters", approval=mail.approval_id, kind=mail.kind)
        return
    for address, reason in mail.reasons.items():
        sentence = f"The mail to {shortened(one_line(address), 254)} did not arrive: {quoted(reason)}"
        approval = note_undelivered(mail.approval_id, address, sentence, services)
        if approval.outcome == "undeliverable":
            conclude(approval, services)
