"""Where a target's traffic belongs after its lease's holder ended half-way, and what the ledger says then."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gantry.promotion.lease import Contender
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import version_name
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing


@dataclass(frozen=True, slots=True)
class RoutingRepair:
    """What a repair made of a target's routing."""

    before: Routing | None
    """None when the target does not exist."""
    revision: str | None
    """What all traffic goes to now."""
    tag: str | None = None
    """The tag of that revision's release; None where it is not known."""

    @property
    def is_changed(self) -> bool:
        """Whether the target routes elsewhere now."""
        return self.revision is not None and self.before != Routing(self.revision)

    def __str__(self) -> str:
        """For people."""
        if self.revision is None:
            return "takes no traffic yet"
        version = version_name(self.revision, self.tag)
        if self.is_changed:
            return f"routed to {self.before}; all traffic is on {version} again"
        return f"routes to {version}, as before"


@dataclass(frozen=True, slots=True)
class InterruptedTarget:
    """A target whose lease's holder has ended, as far as the ledger knows it."""

    target: Target
    holder: Contender
    restore_point: RestorePoint | None
    live: Live | None
    """What the ledger calls live there."""
    passed_over: tuple[str, ...] = ()
    """The revisions that would have to be restored and cannot run."""

    @property
    def restores(self) -> str | None:
        """The revision that gets the traffic back; None when the holder moved nothing, or there was none before."""
        return self.restore_point.revision if self.restore_point else None

    def tag_of(self, revision: str) -> str | None:
        """Return the tag of a revision's release; None where the ledger does not know it."""
        if self.restore_point and self.restore_point.revision == revision:
            return self.restore_point.tag
        known = self.live.known(revision) if self.live else None
        return known.tag if known else None

    def routing(self, found: Routing, is_its_own: Callable[[str], bool]) -> Routing:
        """Return the routing that the target must have: one revision, whatever it was found with.

        A rollback is completed. A deployment is rolled back, whether the revision that it brought has only a
        weight yet or all traffic. A primary revision that is neither the one before nor its own was put there by
        somebody else, and stays.

        Args:
            found: what the target routes to.
            is_its_own: whether a revision runs the artifact of the holder's release.
        """
        is_rollback = self.holder.release is None
        was_before = found.revision in {self.restores, *self.passed_over}
        if self.restores and (is_rollback or was_before or is_its_own(found.revision)):
            return Routing(self.restores)
        return Routing(found.revision)

    def passing_over(self, why: str) -> "InterruptedTarget | None":
        """Return the same for a target whose revision to restore cannot run: with the next older one that was live.

        None when there is none.

        Args:
            why: why it cannot run, for people.
        """
        if self.live is None or self.restore_point is None:
            return None
        known = (self.live.current, *self.live.lineage)
        names = [each.revision for each in known]
        after = names.index(self.restore_point.revision) if self.restore_point.revision in names else 0
        older = next(iter(known[after + 1 :]), None)
        if older is None:
            return None
        restored = replace(
            self.restore_point,
            revision=older.revision,
            digest=older.digest,
            tag=older.tag,
            manifest_revision=older.manifest_revision,
            sequence=older.sequence,
            notes=(*self.restore_point.notes, f"Passed over: {why}"),
        )
        passed_over = (*self.passed_over, self.restore_point.revision)
        return replace(self, restore_point=restored, passed_over=passed_over)

    def staying(self, found: tuple[Routing, object] | None) -> "InterruptedTarget | None":
        """Return the same for a target that can go nowhere and routes to one revision alone: then that one stays.

        None for one that is split: which revision gets all traffic is for people to say.
        """
        if self.restore_point is None or found is None or found[0].weights:
            return None
        return replace(self, restore_point=None, passed_over=(*self.passed_over, self.restore_point.revision))

    def live_after(self, revision: LiveRevision) -> Live | None:
        """Return what is live once all traffic goes to a revision; None when the ledger says so already.

        The revision of a first deployment, which has nothing to go back to, stays; so it is live.
        """
        if self.live is None:
            return Live.first(self.holder.service, self.holder.environment, self.target, revision)
        if self.live.current.revision == revision.revision:
            return None
        return self.live.after_change(revision)
