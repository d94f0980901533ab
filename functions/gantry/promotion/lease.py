"""The right to change one target, and the line of those who wait for it.

One execution holds a lease at a time. When it ends, the newest of those who wait gets it, and the older ones are
superseded: a release never follows a newer one. Each holder has a fencing number, greater than that of every holder
before it, which goes into everything it writes. A holder that lost the lease without noticing writes nothing.
"""

from dataclasses import dataclass, field, replace

from gantry.promotion.errors import LeaseLostError
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.release import Release
from gantry.promotion.restore_point import RestorePoint
from gantry.promotion.target import Target
from gantry.promotion.traffic import TrafficMove


@dataclass(frozen=True, slots=True)
class Contender:
    """An execution that wants to change a target, or may."""

    owner: str
    """The execution's ARN."""
    service: str
    environment: str
    since: str
    """When its execution entered the state that asks for the target; ISO 8601, UTC, like all moments here."""
    started_at: str
    """When its promotion was started: the release whose promotion was started later is the newer one."""
    release: Release | None = None
    """What it deploys; None for a rollback."""
    task_token: str | None = field(default=None, repr=False)
    """Of the task that waits until it is this one's turn."""
    attempt: int = 0
    """Which try of that task: a late one must not take the place of the one that waits."""

    def order(self) -> tuple[bool, str, str]:
        """Return what sorts contenders by age, also within a millisecond. Artifacts are newer than configurations."""
        keeps_artifact = self.release is not None and self.release.is_configuration_only
        return (not keeps_artifact, self.started_at, self.owner)

    def is_newer_than(self, other: "Contender") -> bool:
        """Whether its promotion was started later. A promotion that deploys once more is not newer than itself."""
        is_same = (self.started_at, self.release) == (other.started_at, other.release)
        return not is_same and self.order() > other.order()


@dataclass(frozen=True, slots=True)
class EndedRollback:
    """A rollback that was recorded."""

    execution: str
    """Its ARN."""
    revision: str
    """The revision that it restored."""
    at: str
    """When it was recorded."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease on one target."""

    target: Target
    fence: int = 0
    """The holder's fencing number; it only ever grows."""
    revision: int = 0
    """Counts the changes of this record."""
    holder: Contender | None = None
    restore_point: RestorePoint | None = None
    """None until the holder knows it, and when there was nothing before."""
    move: TrafficMove | None = None
    """What an execution that took the target over, or the repair, has sent on its way and not seen arrive yet."""
    waiting: tuple[Contender, ...] = ()
    to_notify: tuple[Contender, ...] = ()
    """Those whose waiting has ended and who may not know it yet: the holder has its turn, all others are superseded."""
    live_for: LiveFor | None = None
    """None until a release is recorded."""
    live_now: LiveNow | None = None
    """What is live for it; None also where only older versions of Gantry have recorded a release."""
    last_rollback: EndedRollback | None = None
    """The last one of the target, so that a second one that was started before can be refused."""

    def is_held_by(self, owner: str, fence: int) -> bool:
        """Whether this execution still has the right that it was given with this fencing number."""
        return self.holder is not None and (self.holder.owner, self.fence) == (owner, fence)

    def is_only_for(self, service: str) -> bool:
        """Whether a service's release is live there, and nobody else holds the lease or waits for it."""
        contenders = (self.holder, *self.waiting)
        is_live = self.live_for is not None and self.live_for.service == service
        return is_live and all(each.service == service for each in contenders if each)

    def require(self, owner: str, fence: int) -> None:
        """Return quietly when this execution holds the lease.

        Raises:
            LeaseLostError: somebody rolled back or repaired the target in the meantime.
        """
        if not self.is_held_by(owner, fence):
            now = f"{self.holder.owner} holds it now" if self.holder else "nobody holds it now"
            message = (
                f"{self.target.id}: {owner} no longer holds the lease, because somebody rolled back or repaired the "
                f"target in the meantime ({now}). Nothing was changed"
            )
            raise LeaseLostError(message)

    def joined(self, contender: Contender) -> "Lease":
        """Return it with one more contender, which is notified at once when it need not wait, or waits in vain.

        Joining again, with the token of another try, takes the place of the try before.
        """
        for known in (*self.waiting, *self.to_notify):
            if known.owner == contender.owner and (known.since, known.attempt) > (contender.since, contender.attempt):
                return self
        others, holder = self.without_waiting(contender.owner), self.holder
        if holder and (holder.owner == contender.owner or (holder.release and holder.is_newer_than(contender))):
            return replace(others, to_notify=(*others.to_notify, contender))
        return replace(others, waiting=(*others.waiting, contender))._settled()

    def begun(self, owner: str, fence: int, restore_point: RestorePoint | None) -> "Lease":
        """Return it with where the traffic belongs, before the holder changes it. Who begins knows of its turn.

        Args:
            owner: the holder.
            fence: its fencing number.
            restore_point: None when there was nothing before.

        Raises:
            LeaseLostError: the execution does not hold the lease any more.
        """
        self.require(owner, fence)
        return replace(self.without_waiting(owner), restore_point=restore_point or self.restore_point)

    def with_move(self, owner: str, fence: int, move: TrafficMove) -> "Lease":
        """Return it with traffic on its way.

        Raises:
            LeaseLostError: the execution does not hold the lease any more.
        """
        self.require(owner, fence)
        return replace(self, move=move)

    def ended(self, owner: str) -> "Lease":
        """Return it without an execution, whether that held the lease or waited for it; the next one gets its turn."""
        others = self.without_waiting(owner)
        if self.holder and self.holder.owner == owner:
            others = replace(others, holder=None, restore_point=None, move=None)
        return others._settled()

    def passed_on(self, owner: str) -> "Lease":
        """As `ended`, for an execution that has ended and never used its turn.

        A holder that has noted a restore point may have changed the target: the repair ends that lease.
        """
        has_begun = self.holder is not None and self.holder.owner == owner and self.restore_point is not None
        return self if has_begun else self.ended(owner)

    def taken_over(self, contender: Contender, restore_point: RestorePoint) -> "Lease":
        """Return it in the hands of a rollback, whoever held it before. Taking it over again changes nothing."""
        if self.holder and self.holder.owner == contender.owner:
            return self
        others = self.without_waiting(self.holder.owner) if self.holder else self
        return replace(others, fence=self.fence + 1, holder=contender, restore_point=restore_point, move=None)

    def fenced(self, owner: str) -> "Lease":
        """Return it with a new fencing number, which a holder that has ended, and its late writes, do not have.

        Raises:
            LeaseLostError: somebody else holds it by now.
        """
        self.require(owner, self.fence)
        return replace(self, fence=self.fence + 1)

    def notified(self, *contenders: Contender) -> "Lease":
        """Return it without those who know by now that their waiting has ended."""
        return replace(self, to_notify=tuple(each for each in self.to_notify if each not in contenders))

    def without_waiting(self, owner: str) -> "Lease":
        """Return it without an execution among those who wait, or are to be notified."""
        return replace(
            self,
            waiting=tuple(each for each in self.waiting if each.owner != owner),
            to_notify=tuple(each for each in self.to_notify if each.owner != owner),
        )

    def _settled(self) -> "Lease":
        """With a holder, if anybody waits: the newest one. The others' waiting has ended too."""
        if self.holder or not self.waiting:
            return self
        newest = max(self.waiting, key=Contender.order)
        return replace(
            self,
            fence=self.fence + 1,
            holder=replace(newest, task_token=None),
            waiting=(),
            to_notify=(*self.to_notify, *self.waiting),
        )
