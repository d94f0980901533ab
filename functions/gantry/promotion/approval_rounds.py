"""When an approval does not hold any more, so that people are asked again: a new round, with an id of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from gantry.promotion.approval import Approval
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.references.reference import read
from gantry.promotion.release import Release
from gantry.promotion.timestamps import moment, readable

HOLDS = timedelta(days=14)
"""How long. A stopped execution can be redriven for as long:
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html"""

Seen = Mapping[str, str]
"""What was live on each target, in words, when somebody approved. A target on which nothing was live is left out."""


def approval_id(execution: str, environment: str, before: str = "") -> str:
    """Return the id of an approval: the same for every retry, so that a retry finds it and does not ask again.

    Args:
        execution: the promotion's execution.
        environment: the environment's name.
        before: the id of the round before; empty for the first one.
    """
    return hashlib.sha256(f"{execution}/{environment}{before and f'/{before}'}".encode()).hexdigest()[:32]


def seen_now(approval: Approval, lives: Sequence[Live]) -> Seen:
    """Return what is live on the approval's targets."""
    ids = {target.id for target in approval.targets}
    return {
        each.target_id: str(each.current)
        for each in lives
        if each.environment == approval.environment and each.target_id in ids
    }


def why_outdated(approval: Approval, fresh: Approval, lives: Sequence[Live], now: str) -> str | None:
    """Say why people have to be asked again about a release that they have approved; None when they have not.

    Targets that run the release already are passed over: this promotion, or another one, has brought it there.

    Args:
        approval: the approval.
        fresh: the same question as it would be asked now.
        lives: what is live on the targets of the service.
        now: ISO 8601, UTC.
    """
    if why := _why_references_outdated(approval, fresh):  # also where the release is live, as it would be made again
        return why
    here = {each.target_id: each.current for each in lives if each.environment == approval.environment}
    ahead = [target.id for target in approval.targets if not runs(approval.release, here.get(target.id))]
    if not ahead:
        return None
    if any(getattr(approval, each) != getattr(fresh, each) for each in ("targets", "settings", "carried")):
        return "The manifest is read differently now."
    reasons = (
        why_target_outdated(target, here.get(target), approval.seen.get(target), str(approval.ended_at), now)
        for target in ahead
    )
    return next(filter(None, reasons), None)


def _why_references_outdated(approval: Approval, fresh: Approval) -> str | None:
    approved = {target.id: target.references for target in approval.targets}
    for target in fresh.targets:
        for name, text in target.references.items():
            was, now = read(approved.get(target.id, {}).get(name, "")), read(text)
            if was and now and was != now:
                return f"On {target.id}, it would get {now.words} now. What was approved is {was.words}."
    return None


def why_target_outdated(target: str, live: LiveRevision | None, seen: str | None, at: str, now: str) -> str | None:
    """Say why an approval does not hold for one target any more; None when it does.

    Args:
        target: its id.
        live: what is live there.
        seen: what was live there when it was approved, in words; None for nothing.
        at: when it was approved. ISO 8601, UTC.
        now: ISO 8601, UTC.
    """
    if moment(now) - moment(at) >= HOLDS:
        return f"It was approved at {readable(at)}, and an approval holds for {HOLDS.days} days."
    found = str(live) if live else None
    if found == seen:
        return None
    return f"On {target}, {found or 'nothing'} is live now. When the release was approved, it was {seen or 'nothing'}."


def runs(release: Release, live: LiveRevision | None) -> bool:
    """Whether a release is live."""
    return live is not None and live.release == (release.digest, release.manifest_revision)
