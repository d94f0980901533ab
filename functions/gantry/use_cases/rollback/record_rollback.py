"""The ledger, the quarantine, the leases and the notifications, once the older revision is back."""

from dataclasses import dataclass

from gantry.observability import logger, metrics
from gantry.promotion import messages
from gantry.promotion.deployment import StateEntry
from gantry.promotion.errors import NotificationError, RollbackIncompleteError
from gantry.promotion.events import DeploymentEnd, EndedDeployment, deployment_ended
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.live_now import version_name
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.restore_point import by_whom_and_why
from gantry.promotion.rollback import records
from gantry.promotion.traffic import TrafficState
from gantry.use_cases.leasing import notify_waiting
from gantry.use_cases.rollback.infrastructure import infrastructure_notes
from gantry.use_cases.rollback.restore_version import RestoredTarget
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class RollbackSubject:
    """What was rolled back, by whom and why."""

    service: str
    environment: str
    started_by: str | None = None
    reason: str | None = None
    promotion: str | None = None
    """The ARN of the promotion that rolls its environment back; None for a person's rollback."""


@dataclass(frozen=True, slots=True)
class RollbackRecord(StateEntry):
    """What a rollback has come to."""

    request: RollbackSubject
    restored: tuple[RestoredTarget, ...]
    stopped: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordedRollback:
    """What was done, in words and target by target."""

    summary: str
    restored: tuple[RestoredTarget, ...]


def record_rollback(request: RollbackRecord, services: Services) -> RecordedRollback:
    """Record the rollback and notify.

    Raises:
        RollbackIncompleteError: everything is recorded, but a target could not be restored or a deployment not stopped.
        NotificationError: everything is recorded, but somebody could not be notified.
    """
    subject = request.request
    if not request.restored and not request.problems:
        return RecordedRollback(_nothing_left(subject), ())
    known = {live.target_id: live for live in services.ledger.live(subject.service, subject.environment)}
    quarantine, leases = _record(request, known, services)
    points = [each.restore_point for each in request.restored]
    infrastructure = infrastructure_notes(subject.service, subject.environment, points, services)
    summary = _summary(request, quarantine, infrastructure)
    if subject.promotion:
        metrics.add_metric("EnvironmentRollbacks", unit="Count", value=1)
    else:
        metrics.add_metric("ManualRollbacks", unit="Count", value=1)
    logger.warning("rollback recorded", summary=summary)
    try:
        _notify(request, summary, known, services)
        for lease in leases:
            notify_waiting(services, lease)
    except NotificationError:
        if not request.problems:
            raise
        logger.exception("not notified")  # the machine would go on to its success, so the problems come first
    if request.problems:
        raise RollbackIncompleteError(f"{summary} Not done: " + "; ".join(request.problems))
    return RecordedRollback(summary, request.restored)


def _nothing_left(subject: RollbackSubject) -> str:
    """The repair, a person or a newer release came before the promotion that rolls its environment back."""
    where = f"{subject.service} in {subject.environment}"
    return f"Nothing was left to roll back: no target of {where} has the release any more."


def _record(
    request: RollbackRecord, known: dict[str, Live], services: Services
) -> tuple[Quarantine | None, list[Lease]]:
    """Target by target, each with the end of its lease; the quarantine that came of it, and the leases."""
    found, leases = None, []
    for each in request.restored:
        live, entry, quarantine = records(
            known[each.target_id],
            each.restore_point,
            request.execution,
            request.at,
            stopped=request.stopped,
            problems=request.problems,
        )
        leases.append(services.ledger.record_end(entry, live.target, each.fence, live=live, quarantine=quarantine))
        found = found or quarantine
    return found, leases


def _summary(request: RollbackRecord, quarantine: Quarantine | None, infrastructure: str) -> str:
    subject = request.request
    moves = "; ".join(
        f"{each.target_id} routes to {version_name(each.restore_point.revision, each.restore_point.tag)} "
        f"(before: {each.restore_point.previous_routing})"
        for each in request.restored
    )
    stopped = "".join(f" Stopped: {execution}." for execution in request.stopped)
    explained = f" {quarantine.explain()}." if quarantine else ""
    notes = "".join(f" {each.target_id}: {note}." for each in request.restored for note in each.restore_point.notes)
    by = by_whom_and_why(subject.started_by, subject.reason)
    by = f" by its promotion {subject.promotion}{by}" if subject.promotion else by
    ends = f"{stopped}{explained}{notes}{infrastructure}"
    return f"{subject.service} in {subject.environment} was rolled back{by}: {moves}.{ends}"


def _notify(request: RollbackRecord, summary: str, known: dict[str, Live], services: Services) -> None:
    """People first, and once."""
    subject, log = request.request, services.notification_log
    if not log.was_sent(request.execution):
        how = "with its promotion" if subject.promotion else "manually"
        where = f"{subject.service} in {subject.environment}"
        message = messages.rolled_back(where, how, summary, request.problems, request.execution)
        services.topic.publish(message)
        log.mark_sent(request.execution)
    for each in request.restored:
        restored = each.restore_point
        ended = EndedDeployment(
            service=subject.service,
            environment=subject.environment,
            target=known[each.target_id].target,
            digest=restored.rolled_back.digest if restored.rolled_back else None,
            tag=None,
            revision=restored.revision,
            traffic=TrafficState.RESTORED,
            error=restored.error,
            reason=summary,
            execution=request.execution,
        )
        services.events.publish(deployment_ended(DeploymentEnd.ROLLED_BACK, ended))
