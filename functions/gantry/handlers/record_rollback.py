"""RecordRollback: the ledger, the quarantine, the leases and the people, once the older version is back."""

from typing import Any

from pydantic import BaseModel

from gantry.aws.executions import Executions
from gantry.aws.leases import Leases
from gantry.aws.ledger import Ledger
from gantry.aws.notification_log import NotificationLog
from gantry.aws.notifications import EventBus, Topic
from gantry.handlers.leasing import call_next
from gantry.handlers.observability import logger, metrics
from gantry.handlers.requests import LambdaContext, StateRequest
from gantry.promotion.errors import NotificationError, RollbackIncompleteError
from gantry.promotion.lease import Lease, RestorePoint
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.rollback import recorded


class Restored(BaseModel):
    """What RestoreVersion answered for one target."""

    target_id: str
    fence: int
    restore_point: RestorePoint


class Subject(BaseModel):
    """Of a person's input what RestoreVersion has checked already."""

    service: str
    environment: str


class RecordRequest(StateRequest):
    """The state's payload."""

    request: Subject
    restored: list[Restored]
    stopped: list[str]
    problems: list[str]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what was done, in words.

    Raises:
        RollbackIncompleteError: everything is recorded, but a target could not be restored or a deployment not stopped.
        NotificationError: everything is recorded, but somebody could not be told.
    """
    request = RecordRequest.model_validate(event)
    quarantine, leases = _record(request)
    summary = _summary(request, quarantine)
    metrics.add_metric("ManualRollbacks", unit="Count", value=1)
    logger.warning("rollback recorded", summary=summary)
    try:
        _tell(request, summary)
        for lease in leases:
            call_next(lease, Leases.from_env(), Executions.from_env())
    except NotificationError:
        if not request.problems:
            raise
        logger.exception("not told")  # the machine would go on to its success, so the problems come first
    if request.problems:
        raise RollbackIncompleteError(f"{summary} Not done: " + "; ".join(request.problems))
    return {"summary": summary, "restored": [each.model_dump() for each in request.restored]}


def _record(request: RecordRequest) -> tuple[Quarantine | None, list[Lease]]:
    """Target by target, each with the end of its lease; the quarantine that came of it, and the leases."""
    ledger, leases = Ledger.from_env(), []
    known = {live.target.id: live for live in ledger.live(request.request.service, request.request.environment)}
    found = None
    for each in request.restored:
        live, entry, quarantine = recorded(
            known[each.target_id],
            each.restore_point,
            request.execution,
            request.at,
            stopped=request.stopped,
            problems=request.problems,
        )
        leases.append(ledger.record_end(entry, live.target, each.fence, live=live, quarantine=quarantine))
        found = found or quarantine
    return found, leases


def _summary(request: RecordRequest, quarantine: Quarantine | None) -> str:
    subject = request.request
    moves = "; ".join(
        f"{each.target_id} routes to version {each.restore_point.version} (before: {each.restore_point.before})"
        for each in request.restored
    )
    stopped = "".join(f" Stopped: {execution}." for execution in request.stopped)
    return f"{subject.service} in {subject.environment} was rolled back: {moves}.{stopped}" + (
        f" {quarantine.explain()}." if quarantine else ""
    )


def _tell(request: RecordRequest, summary: str) -> None:
    """People first, and once."""
    subject, notices = request.request, NotificationLog.from_env()
    if not notices.was_sent(request.execution):
        problems = "".join(f"\nNot done: {problem}" for problem in request.problems)
        Topic.from_env().tell(
            f"{subject.service} in {subject.environment}: rolled back by hand",
            f"{summary}{problems}\n\nExecution: {request.execution}",
        )
        notices.mark_sent(request.execution)
    for each in request.restored:
        EventBus.from_env().announce(
            "Promotion Deployment Rolled Back",
            {
                **subject.model_dump(),
                "target": each.target_id,
                "version": each.restore_point.version,
                "error": "RolledBackManually",
                "reason": summary,
                "alias": "restored",
                "image_digest": each.restore_point.left and each.restore_point.left.image_digest,
                "tag": None,
                "execution": request.execution,
            },
            [],
        )
