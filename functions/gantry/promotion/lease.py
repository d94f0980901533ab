"""The right to change one target, and the line of those who wait for it.

One execution holds a lease at a time. When it ends, the newest of those who wait gets it, and the older ones are
superseded: a release never follows one that is newer. Each holder has a fencing number, greater than that of every
holder before it, which goes into everything it writes; so one that lost the lease without noticing writes nothing.
"""

from dataclasses import dataclass, field, replace

from gantry.promotion.errors import LeaseLostError
from gantry.promotion.release import Release
from gantry.promotion.target import Target


@dataclass(frozen=True, slots=True)
class Contender:
    """Who wants to change a target, or may."""

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

    def order(self) -> tuple[str, str]:
        """What sorts contenders by age; of two in the same millisecond, one is newer all the same."""
        return (self.started_at, self.owner)

    def is_newer_than(self, other: "Contender") -> bool:
        """Whether its promotion was started later."""
        return self.order() > other.order()


@dataclass(frozen=True, slots=True)
class RolledBackRelease:
    """A release that is rolled back."""

    image_digest: str
    manifest_revision: str | None = None
    """None when it is not known; then every release of the image is meant."""
    version: str | None = None
    """The version that was live with it, if it got that far."""


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """Where the alias belongs if its holder ends before it could say how it ended.

    Of a deployment that is the version that was stable before; of a rollback, the version that it restores.
    """

    version: str
    image_digest: str
    tag: str | None = None
    manifest_revision: str | None = None
    left: RolledBackRelease | None = None
    """Of a rollback: the release that is rolled back."""
    before: str | None = None
    """Of a rollback: what the alias routed to, for people."""
    interrupted: str | None = None
    """Of a rollback: the execution that had the lease, which is to be stopped."""


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
    waiting: tuple[Contender, ...] = ()
    called: tuple[Contender, ...] = ()
    """Those whose waiting is over, until they have been told so: the holder has its turn, all others are superseded."""

    def is_held_by(self, owner: str, fence: int) -> bool:
        """Whether this execution still has the right that it was given with this fencing number."""
        return self.holder is not None and (self.holder.owner, self.fence) == (owner, fence)

    def require(self, owner: str, fence: int) -> None:
        """Go on only as the holder.

        Raises:
            LeaseLostError: somebody rolled back or repaired the target in the meantime.
        """
        if not self.is_held_by(owner, fence):
            now = f"{self.holder.owner} has it now" if self.holder else "nobody has it now"
            message = (
                f"{self.target.id}: the lease is no longer {owner}'s, because somebody rolled back or repaired the "
                f"target in the meantime ({now}). So nothing was changed"
            )
            raise LeaseLostError(message)

    def joined(self, contender: Contender) -> "Lease":
        """With one more who wants to change the target; it is called at once when it need not wait, or waits in vain.

        Joining again, with the token of another try, takes the place of the try before.
        """
        for known in (*self.waiting, *self.called):
            if known.owner == contender.owner and (known.since, known.attempt) > (contender.since, contender.attempt):
                return self
        others, holder = self.without_waiting(contender.owner), self.holder
        if holder and (holder.owner == contender.owner or (holder.release and holder.is_newer_than(contender))):
            return replace(others, called=(*others.called, contender))
        return replace(others, waiting=(*others.waiting, contender))._settled()

    def noted(self, owner: str, fence: int, restore_point: RestorePoint) -> "Lease":
        """With what the alias goes back to, before the holder changes it.

        Raises:
            LeaseLostError: it is not the holder any more.
        """
        self.require(owner, fence)
        return replace(self, restore_point=restore_point)

    def ended(self, owner: str) -> "Lease":
        """Without an execution, whether it held the lease or waited for it; it is the next one's turn then."""
        others = self.without_waiting(owner)
        if self.holder and self.holder.owner == owner:
            others = replace(others, holder=None, restore_point=None)
        return others._settled()

    def passed_on(self, owner: str) -> "Lease":
        """As `ended`, of an execution that is over and never used its turn.

        A holder that has noted where the alias goes back to may have moved it: that lease is for the repair to end.
        """
        has_begun = self.holder is not None and self.holder.owner == owner and self.restore_point is not None
        return self if has_begun else self.ended(owner)

    def taken_over(self, contender: Contender, restore_point: RestorePoint) -> "Lease":
        """In the hands of a rollback, whoever had it before. Taking it over again changes nothing."""
        if self.holder and self.holder.owner == contender.owner:
            return self
        others = self.without_waiting(self.holder.owner) if self.holder else self
        return replace(others, fence=self.fence + 1, holder=contender, restore_point=restore_point)

    def fenced(self, owner: str) -> "Lease":
        """With a new fencing number, so that a holder that is over, and what it may still have under way, has none.

        Raises:
            LeaseLostError: somebody else holds it by now.
        """
        self.require(owner, self.fence)
        return replace(self, fence=self.fence + 1)

    def told(self, *contenders: Contender) -> "Lease":
        """Without those who know by now that their waiting is over."""
        return replace(self, called=tuple(each for each in self.called if each not in contenders))

    def without_waiting(self, owner: str) -> "Lease":
        """Without an execution among those who wait, or have been called."""
        return replace(
            self,
            waiting=tuple(each for each in self.waiting if each.owner != owner),
            called=tuple(each for each in self.called if each.owner != owner),
        )

    def _settled(self) -> "Lease":
        """With a holder, if anybody waits: the newest one. The others' waiting is over too."""
        if self.holder or not self.waiting:
            return self
        newest = max(self.waiting, key=Contender.order)
        return replace(
            self,
            fence=self.fence + 1,
            holder=replace(newest, task_token=None),
            waiting=(),
            called=(*self.called, *self.waiting),
        )
