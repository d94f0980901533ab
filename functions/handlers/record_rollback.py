"""RecordRollback: the ledger, the quarantine, the leases and the people, once the older version is back."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from aws.announcements import EventBus, Topic
from aws.ledger import Ledger
from handlers.observability import logger, metrics
from handlers.requests import LambdaContext, StateRequest
from promotion.errors import RollbackIncompleteError
from promotion.lease import Lease
from promotion.ledger import HistoryEntry, LiveVersion, Quarantine
from promotion.rollback import quarantines


class Left(BaseModel):
    """The release that was rolled back: its digest, and the version that was live with it, if it got that far."""

    image_digest: str
    version: str | None


class Restored(BaseModel):
    """What RestoreVersion answered for one target."""

    target_id: str
    before: str
    version: str
    image_digest: str
    tag: str | None
    manifest_revision: str | None
    leave: Left


class Subject(BaseModel):
    """Of a person's input what RestoreVersion has checked already."""

    service: str
    environment: str


class RecordRequest(StateRequest):
    """The state's payload."""

    request: Subject
    restored: list[Restored]
    stopped: list[Lease]
    problems: list[str]

    def version(self, each: Restored) -> LiveVersion:
        """The version that is live again."""
        return LiveVersion(each.version, each.image_digest, self.at, each.tag, each.manifest_revision, self.execution)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer what was done, in words.

    Raises:
        RollbackIncompleteError: everything is recorded, but a target could not be restored or a deployment not stopped.
    """
    request = RecordRequest.model_validate(event)
    ledger = Ledger.from_env()
    known = {live.target.id: live for live in ledger.live(request.request.service, request.request.environment)}
    lives = [known[each.target_id].after_rollback(request.version(each)) for each in request.restored]
    quarantine = next(_quarantines(request), None)
    ledger.record_rollback(lives, [_entry(request, each) for each in request.restored], quarantine, request.stopped)
    summary = _summary(request, quarantine)
    metrics.add_metric("RollbacksByHand", unit="Count", value=1)
    logger.warning("rollback recorded", summary=summary)
    _tell(request, summary)
    if request.problems:
        raise RollbackIncompleteError(f"{summary} Not done: " + "; ".join(request.problems))
    return {"summary": summary, "restored": [each.model_dump() for each in request.restored]}


def _quarantines(request: RecordRequest) -> Iterator[Quarantine]:
    for each in request.restored:
        left = LiveVersion(each.leave.version, each.leave.image_digest, request.at) if each.leave.version else None
        if quarantines((each.leave.image_digest, None), left, request.version(each)):
            reason = f"rolled back by hand in {request.request.environment}"
            yield Quarantine(request.request.service, each.leave.image_digest, request.at, reason, request.execution)


def _entry(request: RecordRequest, each: Restored) -> HistoryEntry:
    facts = each.model_dump() | {"stopped": [lease.owner for lease in request.stopped], "problems": request.problems}
    subject = request.request
    return HistoryEntry(
        subject.service, request.at, "rolled_back", request.execution, subject.environment, each.target_id, facts
    )


def _summary(request: RecordRequest, quarantine: Quarantine | None) -> str:
    subject = request.request
    moves = "; ".join(
        f"{each.target_id} routes to version {each.version} (before: {each.before})" for each in request.restored
    )
    stopped = "".join(f" Stopped: {lease.owner}." for lease in request.stopped)
    return f"{subject.service} in {subject.environment} was rolled back: {moves}.{stopped}" + (
        f" {quarantine.explain()}." if quarantine else ""
    )


def _tell(request: RecordRequest, summary: str) -> None:
    subject = request.request.model_dump()
    for each in request.restored:
        EventBus.from_env().announce(
            "Promotion Deployment Rolled Back",
            {
                **subject,
                "target": each.target_id,
                "version": each.version,
                "error": "RolledBackByHand",
                "reason": summary,
                "alias": "restored",
                "image_digest": each.leave.image_digest,
                "tag": None,
                "execution": request.execution,
            },
            [],
        )
    problems = "".join(f"\nNot done: {problem}" for problem in request.problems)
    Topic.from_env().tell(
        f"{subject['service']} in {subject['environment']}: rolled back by hand",
        f"{summary}{problems}\n\nExecution: {request.execution}",
    )
