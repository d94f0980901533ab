"""Find the approval that counts, and ask again when it does not hold any more."""

from collections.abc import Callable
from dataclasses import replace

from gantry.observability import logger
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id, why_outdated
from gantry.use_cases.approvals.clock import now
from gantry.use_cases.services import Services


def current_round(first: str, services: Services) -> Approval:
    """Return the approval that counts of those that began with one.

    Raises:
        LookupError: there is none.
    """
    return _last_round(services.approvals.get(first), services)


def _last_round(approval: Approval, services: Services) -> Approval:
    while approval.asked_again:
        approval = services.approvals.get(approval.asked_again)
    return approval


def open_round(fresh: Approval, services: Services) -> Approval:
    """Keep a question, or return the one that was kept before; a new one if that was approved and does not hold.

    The new one is kept before the old one says so. A crash in between leaves one that nobody was asked about, and a
    retry finds it.
    """
    approval = _last_round(services.approvals.open(fresh), services)
    if approval.outcome != "approved":
        return approval
    why = why_outdated(approval, fresh, services.ledger.live(fresh.release.service), now())
    if why is None:
        return approval
    again = approval_id(fresh.execution, fresh.environment, approval.id)
    opened = services.approvals.open(replace(fresh, id=again, why_again=why))
    services.approvals.change(approval.id, _asked_again(again), approval)
    logger.info("asked again", approval=again, before=approval.id, why=why)
    return opened


def _asked_again(approval: str) -> Callable[[Approval], Approval]:
    return lambda each: replace(each, asked_again=approval)
