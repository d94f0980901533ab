"""What came of a check, kept in the ledger with its reason."""

from dataclasses import dataclass

from gantry.observability import logger
from gantry.promotion.checks import Check, CheckAnswer, CheckStatus
from gantry.promotion.deployment import DeploymentState
from gantry.promotion.errors import CheckFailedError, CheckUnavailableError
from gantry.promotion.history import HistoryKind
from gantry.promotion.visible_text import quoted
from gantry.use_cases.services import Services

_LONGEST = 1_000
"""Characters of a reason in the error."""


@dataclass(frozen=True, slots=True)
class EndedCheck(DeploymentState):
    """A check of a revision, and its answer."""

    revision: str
    index: int
    check: Check
    answer: CheckAnswer


@dataclass(frozen=True, slots=True)
class RecordedCheck:
    """A check that has passed."""

    check: str
    reason: str


def record_check(request: EndedCheck, services: Services) -> RecordedCheck:
    """Record a check; return it when it has passed. The machine decides on everything else.

    Raises:
        LeaseLostError: somebody rolled back or repaired the target in the meantime.
        CheckFailedError: the revision is not good.
        CheckUnavailableError: nobody knows whether it is.
    """
    answer, name = request.answer, str(request.check)
    facts = {"check": name, "revision": request.revision, "status": answer.status, "reason": answer.reason}
    entry = request.history_entry(HistoryKind.REVISION_CHECKED, facts)
    services.ledger.record_as_holder(entry, request.deployment.target, request.fence)
    logger.info("revision checked", target=request.deployment.target.id, check=name, status=answer.status)
    said = f"check {request.index + 1} before any traffic, {name}: {quoted(answer.reason, _LONGEST)}"
    if answer.status is CheckStatus.PASSED:
        return RecordedCheck(name, answer.reason)
    if answer.status is CheckStatus.FAILED:
        raise CheckFailedError(f"{said}. Fix what it found, and push a new release")
    raise CheckUnavailableError(f"{said}. It says nothing about the release: repair the check, and promote it again")
