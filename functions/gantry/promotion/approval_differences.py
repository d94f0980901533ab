"""What a release changes on each target that it is meant for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gantry.promotion.approval import Approval
from gantry.promotion.difference import Change, apply, changes
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.release import Release


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes of a release, for all targets on which they are the same."""

    targets: tuple[str, ...]
    live: tuple[str | None, ...]
    """What is live on each of them, in words; None where nothing is. Each target numbers its own revisions."""
    artifact: str
    """What happens to the artifact, in words."""
    changes: tuple[Change, ...]
    is_first: bool
    """Whether nothing is live there."""
    is_known: bool
    """Whether the configuration of what is live is on record."""


def differences(approval: Approval, lives: Sequence[Live]) -> tuple[Difference, ...]:
    """Return what would change, with targets that change in the same way together.

    Args:
        approval: the approval of the release.
        lives: what is live on the targets of the service.
    """
    here = live_here(approval, lives)
    found: dict[tuple[object, ...], Difference] = {}
    for index, target in enumerate(approval.targets):
        draft = approval.drafts[index] if approval.drafts else None
        live = here.get(target.id)
        given = apply(draft, {**approval.settings, **target.settings})
        known = live.configuration if live else None
        artifact, changed = _artifact(approval.release, live), changes(known or {}, apply(known, given))
        key = (artifact, changed, known is None)
        same = found.get(key)
        found[key] = Difference(
            targets=(*(same.targets if same else ()), target.id),
            live=(*(same.live if same else ()), str(live) if live else None),
            artifact=artifact,
            changes=changed,
            is_first=live is None,
            is_known=known is not None,
        )
    return tuple(found.values())


def live_here(approval: Approval, lives: Iterable[Live]) -> dict[str, LiveRevision]:
    """Return what is live in the approval's environment, by the target's id."""
    return {live.target.id: live.current for live in lives if live.environment == approval.environment}


def _artifact(release: Release, live: LiveRevision | None) -> str:
    """Compare by digest: a tag can be moved to another artifact, and an artifact can have several tags."""
    after = release.tag or release.digest
    if live is None:
        return after
    before, is_same = live.tag or live.digest, live.digest == release.digest
    if before == after:
        return f"{after}, as now" if is_same else f"{before} → {after}, another artifact under the same tag"
    return f"{before} → {after}" + (", which is the same artifact" if is_same else "")
