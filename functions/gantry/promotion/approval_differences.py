"""What a release changes on each target that it is meant for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.content_changes import unknown_rows
from gantry.promotion.difference import Change, apply, changes
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.proposal import Proposal
from gantry.promotion.release import Release
from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes of a release, for all targets on which they are the same."""

    targets: tuple[str, ...]
    live: tuple[str | None, ...]
    """What is live on each of them, in words; None where nothing is. Each target numbers its own revisions."""
    artifact: str
    """What happens to the artifact, in words."""
    changes: tuple[Change, ...]
    content: tuple[tuple[str, str], ...]
    """What changes inside the artifact, as rows. They are derived from its digest."""
    is_first: bool
    """Whether nothing is live there."""
    is_known: bool
    """Whether the configuration of what is live is on record."""


def differences(proposal: Proposal, lives: Sequence[Live]) -> tuple[Difference, ...]:
    """Return what would change, with targets that change in the same way together.

    Args:
        proposal: the approval of the release, or its preview.
        lives: what is live on the targets of the service.
    """
    here = live_here(proposal, lives)
    found: dict[tuple[object, ...], Difference] = {}
    for index, target in enumerate(proposal.targets):
        draft = proposal.drafts[index] if proposal.drafts else None
        live = here.get(target.id)
        settings = proposal.settings_of_kinds.get(target.kind, proposal.settings)
        given = apply(draft, {**settings, **target.settings})
        known = live.configuration if live else None
        artifact, changed = _artifact(proposal.release, live), changes(known or {}, apply(known, given))
        content = _content(proposal, target, live)
        key = (artifact, changed, content, known is None)
        same = found.get(key)
        found[key] = Difference(
            targets=(*(same.targets if same else ()), target.id),
            live=(*(same.live if same else ()), str(live) if live else None),
            artifact=artifact,
            changes=changed,
            content=content,
            is_first=live is None,
            is_known=known is not None,
        )
    return tuple(found.values())


def live_here(proposal: Proposal, lives: Iterable[Live]) -> dict[str, LiveRevision]:
    """Return what is live in the proposal's environment, by the target's id."""
    return {live.target.id: live.current for live in lives if live.environment == proposal.environment}


def _content(proposal: Proposal, target: Target, live: LiveRevision | None) -> tuple[tuple[str, str], ...]:
    """Return what was compared when people were asked, as long as that is still what is live."""
    release = proposal.release
    if release.artifact.kind is not ArtifactKind.S3_OBJECT or (live and live.digest == release.digest):
        return ()
    compared = next((each for each in proposal.contents if target.id in each.targets), None)
    if compared is None or compared.live != (live.digest if live else None):
        return unknown_rows("something else is live there than when people were asked")
    return compared.rows


def _artifact(release: Release, live: LiveRevision | None) -> str:
    """Compare by digest: a tag can be moved to another artifact, and an artifact can have several tags."""
    after = release.tag or release.digest
    if live is None:
        return after
    before, is_same = live.tag or live.digest, live.digest == release.digest
    if before == after:
        return f"{after}, as now" if is_same else f"{before} → {after}, another artifact under the same tag"
    return f"{before} → {after}" + (", which is the same artifact" if is_same else "")
