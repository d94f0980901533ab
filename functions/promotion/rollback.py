"""Which version a rollback puts back, on each target of an environment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promotion.errors import NoPreviousVersionError
from promotion.lease import Lease
from promotion.ledger import Live, LiveVersion


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for: a version, a digest, or neither, which means the version before."""

    version: str | None = None
    digest: str | None = None


ReleaseKey = tuple[str, str | None]


def release_to_leave(lives: Sequence[Live], in_flight: Iterable[Lease]) -> ReleaseKey:
    """The image digest and manifest revision that are rolled back: in flight, or else what became live last.

    That is not what is older on another target. A rollback that did not reach every target made it live again on some,
    and the next one has to bring the others there, not those further back.
    """
    newest = max(in_flight, key=lambda lease: lease.acquired_at, default=None)
    if newest:
        return (newest.release.image_digest, newest.release.manifest_revision)
    older = {before.release for live in lives for before in live.lineage}
    candidates = [live for live in lives if live.current.release not in older] or lives
    return max(candidates, key=lambda live: live.current.since).current.release


def version_to_restore(live: Live, leave: ReleaseKey, wish: Wish) -> LiveVersion | None:
    """What the ledger knows of the version to go back to; None when the person named one that it does not know.

    Without a wish, a target that runs another release than the one to leave keeps what it runs: the release has not
    arrived there, or is only a canary beside it.

    Raises:
        NoPreviousVersionError: there is nothing to go back to, or no version with the digest.
    """
    known = (live.current, *live.lineage)
    if wish.version:
        return next((each for each in known if each.version == wish.version), None)
    if wish.digest:
        found = next((each for each in known if each.image_digest == wish.digest), None)
        return found or _nothing(live, f"no version with the digest {wish.digest}")
    if live.current.release != leave:
        return live.current
    return (
        live.lineage[0]
        if live.lineage
        else _nothing(live, f"nothing that was live before version {live.current.version}")
    )


def quarantines(leave: ReleaseKey, left: LiveVersion | None, restored: LiveVersion) -> bool:
    """Whether leaving a release puts its digest in quarantine.

    Not when the same image goes on running, for then the configuration was to blame; and not when a person went
    forward again to a later version.

    Args:
        leave: the release that is rolled back.
        left: the live version that it was, None when it was only in flight.
        restored: the version that has all traffic now.
    """
    if restored.image_digest == leave[0]:
        return False
    return left is None or int(restored.version) < int(left.version)


def _nothing(live: Live, what: str) -> LiveVersion:
    known = ", ".join(str(each) for each in (live.current, *live.lineage))
    message = (
        f"The ledger knows {what} on {live.target.id}. It knows these: {known}. "
        'Any other can be named with "version": "<number>"'
    )
    raise NoPreviousVersionError(message)
