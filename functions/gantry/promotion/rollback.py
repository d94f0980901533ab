"""Which release a rollback leaves, and what the ledger says of each target afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease, by_whom_and_why
from gantry.promotion.rollback_request import ReleaseKey
from gantry.promotion.traffic import Routing

_KEPT = (
    *("revision", "digest", "tag", "manifest_revision"),
    *("previous_routing", "started_by", "why", "promotion"),
)
"""What the history keeps of a restore point."""


def release_to_leave(lives: Sequence[Live], in_flight: Iterable[Contender]) -> ReleaseKey:
    """Return the digest and manifest revision that are rolled back: in flight, or else what became live last.

    A revision that is older on another target is not what became live last. A rollback that did not reach every target
    made it live again on some, and the next one has to bring the others there, not those further back.
    """
    releases = [(each.since, each.release) for each in in_flight if each.release]
    if releases:
        _, newest = max(releases, key=lambda found: found[0])
        return (newest.digest, newest.manifest_revision)
    older = {before.release for live in lives for before in live.lineage}
    candidates = [live for live in lives if live.current.release not in older] or lives
    return max(candidates, key=lambda live: live.current.since).current.release


def unrecorded_revision(live: Live, routing: Routing) -> str | None:
    """Return the revision that gets traffic although it never was live; None when there is none.

    A canary is one, and so is what a deployment left behind that was stopped half-way. A revision of the lineage is
    not: a rollback that is being retried has restored it already.
    """
    known = {live.current.revision, *(each.revision for each in live.lineage)}
    return next((revision for revision in (routing.revision, *routing.weights) if revision not in known), None)


def quarantines(rolled_back: RolledBackRelease, restored: RestorePoint) -> bool:
    """Whether leaving a release quarantines its digest, with all traffic on the restored revision.

    Not when the same artifact goes on running: then the configuration was to blame. And not when a person went forward
    again, to a revision that became live later. A promotion that rolls its environment back quarantines nothing by
    that: the deployment that failed did, if there was a verdict.
    """
    if restored.promotion or restored.digest == rolled_back.digest:
        return False
    return rolled_back.sequence is None or (restored.sequence or 0) < rolled_back.sequence


def records(
    live: Live, restored: RestorePoint, execution: str, at: str, **facts: object
) -> tuple[Live, HistoryEntry, Quarantine | None]:
    """Return what the ledger keeps of one target that was rolled back: what is live, the history, the quarantine.

    Args:
        live: what was live before.
        restored: what the rollback restored, and what it left.
        execution: the rollback's ARN.
        at: when it is recorded.
        facts: what else the history keeps.
    """
    revision = LiveRevision(
        restored.revision,
        restored.digest,
        at,
        restored.tag,
        restored.manifest_revision,
        execution,
        sequence=restored.sequence,
        artifact_version=restored.artifact_version,
        source=restored.source,
    )
    rolled_back = restored.rolled_back
    details = {name: getattr(restored, name) for name in _KEPT} | {
        "target_id": live.target_id,
        "notes": list(restored.notes),
        "rolled_back": asdict(rolled_back) if rolled_back else None,
    }
    entry = HistoryEntry(
        live.service, at, HistoryKind.ROLLED_BACK, execution, live.environment, live.target_id, details | facts
    )
    after, quarantine = live.after_rollback(revision), None
    if rolled_back and rolled_back.digest == restored.digest:
        after = replace(after, left_manifest=rolled_back.manifest_revision)
    if rolled_back and quarantines(rolled_back, restored):
        reason = f"rolled back manually in {live.environment}{by_whom_and_why(restored.started_by, restored.why)}"
        tag = next((each.tag for each in (live.current, *live.lineage) if each.digest == rolled_back.digest), None)
        quarantine = Quarantine(live.service, rolled_back.digest, at, reason, execution, tag=tag)
    return after, entry, quarantine
