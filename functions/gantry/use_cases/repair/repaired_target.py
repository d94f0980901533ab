"""What the repair does about one target whose lease's holder has ended."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from gantry.aws.executions import ExecutionEnd
from gantry.observability import logger
from gantry.promotion.errors import TargetNotFoundError
from gantry.promotion.events import EndedDeployment
from gantry.promotion.failure import Failure
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.repair import InterruptedTarget, RoutingRepair
from gantry.promotion.rollback import records
from gantry.promotion.source_links import source_facts
from gantry.promotion.target import Target
from gantry.promotion.traffic import TrafficState
from gantry.targets.kind import TargetKind
from gantry.use_cases.repair.restored_traffic import DigestOf, restore_traffic
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class RepairedTarget:
    """A target whose traffic is restored, and whose lease is still to be given back."""

    lease: Lease
    """With the fencing number of this repair."""
    holder: Contender
    """The execution that left the lease behind."""
    ended: EndedDeployment
    """For automation."""
    summary: str
    """For people."""
    entry: HistoryEntry
    live: Live | None
    """What is live, if the ledger does not say so yet."""
    quarantine: Quarantine | None

    @property
    def target(self) -> Target:
        """Which target."""
        return self.lease.target

    @property
    def notification(self) -> str:
        """The name under which it is noted that people were notified of this repair."""
        return f"{self.holder.owner}/{self.target.id}"


def repair_target(target: Target, holder: Contender, end: ExecutionEnd, services: Services) -> RepairedTarget:
    """Fence off the dead holder, restore the traffic, and stop the deployment that a rollback interrupted.

    Raises:
        LeaseLostError: another execution holds the lease by now.
        TargetPendingError: the traffic is on its way. The next run looks again.
        RevisionUnusableError: nothing that was live before can run.
    """
    lease = services.leases.change(target, lambda now: now.fenced(holder.owner))
    live = services.ledger.live_on(holder.service, holder.environment, target)
    known = InterruptedTarget(target, holder, lease.restore_point, live)
    kind = services.kinds.of(target)
    digest_of: DigestOf = cache(lambda revision: _digest(kind, target, revision))
    known, repair = restore_traffic(known, lease, digest_of, services)
    if (point := known.restore_point) and point.interrupted:
        services.executions.stop(point.interrupted, point.error, f"{end.arn} rolled {target.id} back")
    after = _live_revision(known, end, repair.revision, digest_of(repair.revision)) if repair.revision else None
    new_live, entry, quarantine = _records(known, end, repair, after, services)
    logger.warning("traffic restored", target=target.id, execution=holder.owner, routing=str(repair))
    notes = "".join(f" {note}." for note in (known.restore_point.notes if known.restore_point else ()))
    summary = f"{target.id} {repair}.{notes} Its lease is given back."
    if quarantine:
        summary += f" {quarantine.explain()}"
    ended = _ended(known, end, repair, summary)
    return RepairedTarget(lease, holder, ended, summary, entry, new_live, quarantine)


def record_repair(repaired: RepairedTarget, services: Services) -> Lease:
    """Record what is live and what happened, and give the lease back.

    Raises:
        LeaseLostError: another execution holds it by now.
    """
    return services.ledger.end(
        repaired.entry,
        repaired.target,
        repaired.lease.fence,
        live=repaired.live,
        quarantine=repaired.quarantine,
    )


def _digest(kind: TargetKind, target: Target, revision: str) -> str:
    digest = kind.digest(target, revision)
    if digest is None:
        raise TargetNotFoundError(f"{target.id}: version {revision} no longer exists")
    return digest


def _ended(known: InterruptedTarget, end: ExecutionEnd, repair: RoutingRepair, summary: str) -> EndedDeployment:
    """For a rollback, the digest that it left; its traffic was restored, whether by itself or by this."""
    holder, release = known.holder, known.holder.release
    rolled_back = known.restore_point.rolled_back if known.restore_point else None
    gone = release or rolled_back
    is_restored = repair.is_changed or release is None
    return EndedDeployment(
        service=holder.service,
        environment=holder.environment,
        target=known.target,
        digest=gone.digest if gone else None,
        tag=release.tag if release else None,
        revision=repair.revision,
        traffic=TrafficState.RESTORED if is_restored else TrafficState.UNTOUCHED,
        error=end.error or end.status,
        reason=summary,
        execution=end.arn,
        source=source_facts(release.source) if release else None,
    )


def _live_revision(known: InterruptedTarget, end: ExecutionEnd, revision: str, digest: str) -> LiveRevision:
    """Of a first deployment its release; what was there before it is none, also when it runs the same artifact."""
    holder, release = known.holder, known.holder.release
    if release is None or known.live or known.restores or digest != release.digest:
        return LiveRevision(revision, digest, end.at)
    return LiveRevision(
        revision,
        digest,
        end.at,
        release.tag,
        release.manifest_revision,
        end.arn,
        holder.started_at,
        artifact_version=release.artifact.version,
        source=release.source,
    )


def _records(
    known: InterruptedTarget, end: ExecutionEnd, repair: RoutingRepair, after: LiveRevision | None, services: Services
) -> tuple[Live | None, HistoryEntry, Quarantine | None]:
    """For a rollback, what it would have recorded itself; for a deployment, that it was repaired."""
    holder, release, why = known.holder, known.holder.release, end.failure
    facts: dict[str, Any] = {"error": why.error, "reason": why.message, "repaired": True}
    if release is None and known.live and known.restore_point:
        return records(known.live, known.restore_point, end.arn, end.at, **facts)
    details = {
        "status": end.status,
        "before": str(repair.before),
        "revision": after and after.revision,
        "digest": release and release.digest,
        "tag": release and release.tag,
    }
    entry = HistoryEntry(
        holder.service,
        end.at,
        HistoryKind.DEPLOYMENT_REPAIRED,
        end.arn,
        holder.environment,
        known.target.id,
        facts | details,
    )
    live = known.live_after(after) if after else None
    return live, entry, _quarantine(known, end, after, services)


def _quarantine(
    known: InterruptedTarget, end: ExecutionEnd, after: LiveRevision | None, services: Services
) -> Quarantine | None:
    """A verdict counts although the deployment ended before it could record it. The execution's history has it."""
    release = known.holder.release
    if release is None or after is None or after.digest == release.digest:
        return None
    verdicts = (each for each in map(Failure.of, services.executions.errors(end.arn)) if each.is_verdict)
    verdict = next(verdicts, None)
    if verdict is None:
        return None
    reason = f"rolled back in {known.holder.environment}: {verdict.message}"
    return Quarantine(release.service, release.digest, end.at, reason, end.arn, tag=release.tag)
