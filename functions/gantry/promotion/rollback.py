"""Which revision a rollback restores, on each target of an environment."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Contender, RestorePoint, RolledBackRelease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.traffic import Routing


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """What the person asked for: a revision, a digest, or neither, which means the revision before."""

    revision: str | None = None
    digest: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the person named nothing to go back to."""
        return self.revision is None and self.digest is None


ReleaseKey = tuple[str, str | None]
"""A digest and a manifest revision."""


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


def is_release(revision: LiveRevision, key: ReleaseKey) -> bool:
    """Whether a revision is this release; without a manifest revision, whether it runs this artifact."""
    return revision.digest == key[0] and key[1] in {None, revision.manifest_revision}


def revision_to_restore(
    live: Live,
    leave: ReleaseKey,
    request: RollbackRequest,
    *,
    deployed: Sequence[LiveRevision] = (),
    is_astray: bool = False,
) -> LiveRevision | None:
    """Return what the ledger knows of the revision to go back to; None when the person named one it does not know.

    When the person named nothing, a target that runs another release than the one to leave keeps what the ledger calls
    live: the release has not arrived there, or is only a canary beside it.

    Args:
        live: what the ledger calls live on the target.
        leave: the release that is rolled back.
        request: what the person asked for.
        deployed: everything that was ever live on the target, newest first.
        is_astray: whether the target routes to something else than what is called live.

    Raises:
        NoPreviousRevisionError: there is nothing to go back to, or no revision with the digest.
    """
    known = (live.current, *live.lineage, *deployed)
    if request.revision:
        return next((each for each in known if each.revision == request.revision), None)
    if request.digest:
        found = next((each for each in known if each.digest == request.digest), None)
        return found or _nothing(live, f"no version with the digest {request.digest}")
    if is_astray or not is_release(live.current, leave):
        return live.current
    if live.lineage:
        return live.lineage[0]
    return _nothing(live, f"nothing that was live before version {live.current.revision}")


def quarantines(rolled_back: RolledBackRelease, restored: RestorePoint) -> bool:
    """Whether leaving a release quarantines its digest, with all traffic on the restored revision.

    Not when the same artifact goes on running: then the configuration was to blame. And not when a person went forward
    again, to a revision that became live later.
    """
    if restored.digest == rolled_back.digest:
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
    )
    rolled_back = restored.rolled_back
    details = {
        "target_id": live.target_id,
        "previous_routing": restored.previous_routing,
        "revision": restored.revision,
        "digest": restored.digest,
        "tag": restored.tag,
        "manifest_revision": restored.manifest_revision,
        "rolled_back": asdict(rolled_back) if rolled_back else None,
    }
    entry = HistoryEntry(
        live.service, at, HistoryKind.ROLLED_BACK, execution, live.environment, live.target_id, details | facts
    )
    quarantine = None
    if rolled_back and quarantines(rolled_back, restored):
        reason = f"rolled back manually in {live.environment}"
        quarantine = Quarantine(live.service, rolled_back.digest, at, reason, execution)
    return live.after_rollback(revision), entry, quarantine


def deployed_revisions(history: Iterable[HistoryEntry], target_id: str) -> tuple[LiveRevision, ...]:
    """Return what the history says was made live on a target, in the history's order."""
    return tuple(
        LiveRevision(
            revision=entry.facts["revision"],
            digest=entry.facts["digest"],
            since=entry.at,
            tag=entry.facts.get("tag"),
            manifest_revision=entry.facts.get("manifest_revision"),
            execution=entry.execution,
            sequence=entry.facts.get("sequence"),
        )
        for entry in history
        if entry.kind == HistoryKind.DEPLOYMENT_COMPLETED and entry.target_id == target_id
    )


def _nothing(live: Live, what: str) -> LiveRevision:
    known = ", ".join(str(each) for each in (live.current, *live.lineage))
    message = (
        f"The ledger knows {what} on {live.target.id}. It knows these: {known}. "
        'Any other can be named with "version": "<version>"'
    )
    raise NoPreviousRevisionError(message)
