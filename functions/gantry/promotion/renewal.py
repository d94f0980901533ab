"""A release that became live once more where it was live already, and what a rollback of it concerns.

Its name is an artifact and a manifest revision. Both stay when it is brought again with newer versions of what it
refers to, or with what others have changed in a draft. A rollback then takes back the last time alone. A target that
the last time has not reached keeps what it runs: one release further back is what nobody meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.rollback_request import ReleaseKey, is_release


@dataclass(frozen=True, slots=True)
class Renewal:
    """How often a release was brought, and by which promotion last."""

    times: int = 1
    started_at: str | None = None
    """When the last promotion that brought it was started; None where none did again, or that is not known."""

    def has_reached(self, live: Live, leave: ReleaseKey) -> bool:
        """Whether a target runs the release as it was brought last."""
        if not is_release(live.current, leave):
            return False
        is_of_last = self.started_at is not None and brought_at(live.current) == self.started_at
        return is_of_last or times_in_a_row(live, leave) >= self.times


ONCE = Renewal()


def renewal_of(leave: ReleaseKey, holders: Sequence[tuple[Live, Contender | None]]) -> Renewal:
    """Return how often a release was brought.

    Args:
        leave: the release; without a manifest revision nobody can say.
        holders: what is live on each target, and who changes it just now.
    """
    if leave[1] is None or not holders:
        return ONCE
    done = max(((times_in_a_row(live, leave), brought_at(live.current)) for live, _ in holders), key=_order)
    begun = [times_in_a_row(live, leave) + 1 for live, holder in holders if _renews(holder, leave)]
    if begun and max(begun) > done[0]:  # nothing of it has arrived anywhere
        return Renewal(max(begun))
    return Renewal(*done) if done[0] > 1 else ONCE


def times_in_a_row(live: Live, leave: ReleaseKey) -> int:
    """Return how often a release became live on a target without another one in between, up to now."""
    return len(list(takewhile(lambda each: is_release(each, leave), (live.current, *live.lineage))))


def brought_at(revision: LiveRevision) -> str | None:
    """Return when the promotion was started that brought a revision last; None where that is not known."""
    known = (revision.promotion_started_at, revision.configuration_started_at)
    return max(filter(None, known), default=None)


def _renews(holder: Contender | None, leave: ReleaseKey) -> bool:
    """Whether a deployment brings the configuration of a release anew."""
    release = holder.release if holder else None
    return (
        release is not None and release.is_configuration_only and (release.digest, release.manifest_revision) == leave
    )


def _order(found: tuple[int, str | None]) -> tuple[int, str]:
    return found[0], found[1] or ""
