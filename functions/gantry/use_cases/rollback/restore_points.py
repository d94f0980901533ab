"""What a rollback notes in a target's lease before it moves anything: what it restores, and why just that."""

from gantry.promotion.errors import RevisionAsleepError
from gantry.promotion.lease import Lease
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease
from gantry.targets.readiness import Readiness
from gantry.use_cases.rollback.choosing import ChosenRevision, Wish, choose
from gantry.use_cases.rollback.found_targets import FoundTarget, RestoreRequest
from gantry.use_cases.services import Services


def restore_point_of(found: FoundTarget, request: RestoreRequest, wish: Wish, services: Services) -> RestorePoint:
    """Choose the revision and return all that is kept of it.

    Raises:
        RevisionAsleepError: it is not ready yet, and may still be waited for.
        RevisionUnusableError, NoPreviousRevisionError, InvalidRequestError: as `choose` says.
    """
    live, rollback, leave = found.live, request.rollback, wish.leave
    chosen = choose(found, wish, services)
    if not chosen.is_ready and not request.is_last:
        raise RevisionAsleepError(f"{found.target_id}: {chosen.revision} is not ready: {chosen.reason}")
    is_live = wish.has_reached(live) and found.astray_digest is None
    revision = chosen.revision
    return RestorePoint(
        revision=revision.revision,
        digest=revision.digest,
        tag=revision.tag,
        manifest_revision=revision.manifest_revision,
        sequence=revision.sequence,
        rolled_back=RolledBackRelease(*leave, sequence=live.current.sequence if is_live else None),
        previous_routing=found.routing,
        interrupted=_interrupted(found.lease),
        started_by=rollback.started_by,
        why=rollback.reason,
        promotion=rollback.promotion,
        artifact_version=revision.artifact_version,
        source=revision.source,
        notes=_notes(chosen),
    )


def _notes(chosen: ChosenRevision) -> tuple[str, ...]:
    skipped = tuple(f"Passed over: {each}" for each in chosen.skipped)
    if chosen.is_ready:
        return skipped
    woke = "; nothing woke it: see WakeVersion's log" if chosen.readiness is Readiness.ASLEEP else ""
    asleep = (
        f"{chosen.revision} was still not ready ({chosen.reason}{woke}). It was restored all the same: requests are "
        "refused until it is, often for one or two minutes. Watch it, or roll back to another version"
    )
    return (*skipped, asleep)


def _interrupted(lease: Lease) -> str | None:
    """The deployment that holds the lease, or that an earlier rollback took it from and may not have stopped."""
    if lease.holder and lease.holder.release:
        return lease.holder.owner
    return lease.restore_point.interrupted if lease.restore_point else None
