"""Which version a rollback puts back, on each target of an environment."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from gantry.promotion.errors import NoPreviousRevisionError
from gantry.promotion.lease import Contender, RestorePoint, RolledBackRelease
from gantry.promotion.ledger import HistoryEntry, Live, LiveRevision
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.traffic import Routing


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for: a version, a digest, or neither, which means the version before."""

    version: str | None = None
    digest: str | None = None


ReleaseKey = tuple[str, str | None]


def release_to_leave(lives: Sequence[Live], in_flight: Iterable[Contender]) -> ReleaseKey:
    """The image digest and manifest revision that are rolled back: in flight, or else what became live last.

    That is not what is older on another target. A rollback that did not reach every target made it live again on some,
    and the next one has to bring the others there, not those further back.
    """
    releases = [(each.since, each.release) for each in in_flight if each.release]
    if releases:
        _, newest = max(releases, key=lambda found: found[0])
        return (newest.image_digest, newest.manifest_revision)
    older = {before.release for live in lives for before in live.lineage}
    candidates = [live for live in lives if live.current.release not in older] or lives
    return max(candidates, key=lambda live: live.current.since).current.release


def strayed_to(live: Live, routing: Routing) -> str | None:
    """The version that gets traffic although it never was live; None when there is none.

    A canary is one, and so is what a deployment left behind that was stopped half-way. A version of the lineage is not:
    that is where a rollback which is being retried has brought the alias already.
    """
    known = {live.current.version, *(each.version for each in live.lineage)}
    return next((version for version in (routing.version, *routing.weights) if version not in known), None)


def is_release(version: LiveRevision, key: ReleaseKey) -> bool:
    """Whether a version is this release; without a manifest revision, whether it runs this image."""
    return version.image_digest == key[0] and key[1] in {None, version.manifest_revision}


def version_to_restore(
    live: Live, leave: ReleaseKey, wish: Wish, *, deployed: Sequence[LiveRevision] = (), astray: bool = False
) -> LiveRevision | None:
    """What the ledger knows of the version to go back to; None when the person named one that it does not know.

    Without a wish, a target that runs another release than the one to leave keeps what the ledger calls live: the
    release has not arrived there, or is only a canary beside it.

    Args:
        live: what the ledger calls live on the target.
        leave: the release that is rolled back.
        wish: what the person asked for.
        deployed: everything that was ever live on the target, newest first.
        astray: whether the alias routes to something else than what is called live.

    Raises:
        NoPreviousRevisionError: there is nothing to go back to, or no version with the digest.
    """
    known = (live.current, *live.lineage, *deployed)
    if wish.version:
        return next((each for each in known if each.version == wish.version), None)
    if wish.digest:
        found = next((each for each in known if each.image_digest == wish.digest), None)
        return found or _nothing(live, f"no version with the digest {wish.digest}")
    if astray or not is_release(live.current, leave):
        return live.current
    return (
        live.lineage[0]
        if live.lineage
        else _nothing(live, f"nothing that was live before version {live.current.version}")
    )


def quarantines(left: RolledBackRelease, restored: LiveRevision) -> bool:
    """Whether leaving a release puts its digest in quarantine, with all traffic on the restored version.

    Not when the same image goes on running, for then the configuration was to blame; and not when a person went
    forward again to a later version.
    """
    if restored.image_digest == left.image_digest:
        return False
    return left.version is None or int(restored.version) < int(left.version)


def recorded(
    live: Live, restore_point: RestorePoint, execution: str, at: str, **facts: object
) -> tuple[Live, HistoryEntry, Quarantine | None]:
    """What the ledger says of one target once it was rolled back: what is live, what happened, the quarantine.

    Args:
        live: what was live before.
        restore_point: what the rollback has restored, and what it left.
        execution: the rollback's ARN.
        at: when it is recorded.
        facts: what else the history tells.
    """
    restored = LiveRevision(
        restore_point.version,
        restore_point.image_digest,
        at,
        restore_point.tag,
        restore_point.manifest_revision,
        execution,
    )
    told = {
        "target_id": live.target_id,
        "before": restore_point.before,
        "version": restore_point.version,
        "image_digest": restore_point.image_digest,
        "tag": restore_point.tag,
        "manifest_revision": restore_point.manifest_revision,
        "left": asdict(restore_point.left) if restore_point.left else None,
    }
    entry = HistoryEntry(
        live.service, at, "rolled_back", execution, live.environment, live.target_id, {**told, **facts}
    )
    return live.after_rollback(restored), entry, _quarantine(live, restore_point.left, restored, execution, at)


def _quarantine(
    live: Live, left: RolledBackRelease | None, restored: LiveRevision, execution: str, at: str
) -> Quarantine | None:
    if left is None or not quarantines(left, restored):
        return None
    return Quarantine(live.service, left.image_digest, at, f"rolled back by hand in {live.environment}", execution)


def deployed_versions(history: Iterable[HistoryEntry], target_id: str) -> tuple[LiveRevision, ...]:
    """What the history says was made live on a target, in the history's order."""
    done = (entry for entry in history if entry.kind == "deployment_completed" and entry.target_id == target_id)
    return tuple(
        LiveRevision(
            version=entry.facts["version"],
            image_digest=entry.facts["image_digest"],
            since=entry.at,
            tag=entry.facts.get("tag"),
            manifest_revision=entry.facts.get("manifest_revision"),
            execution=entry.execution,
        )
        for entry in done
    )


def _nothing(live: Live, what: str) -> LiveRevision:
    known = ", ".join(str(each) for each in (live.current, *live.lineage))
    message = (
        f"The ledger knows {what} on {live.target.id}. It knows these: {known}. "
        'Any other can be named with "version": "<number>"'
    )
    raise NoPreviousRevisionError(message)
