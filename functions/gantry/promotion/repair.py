"""Where the alias of a target belongs after its holder has ended half-way, and what the ledger says then."""

from collections.abc import Callable
from dataclasses import dataclass

from gantry.promotion.lease import Contender, RestorePoint
from gantry.promotion.ledger import Live, LiveRevision
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing


@dataclass(frozen=True, slots=True)
class Moved:
    """What a repair has made of an alias."""

    before: Routing | None
    """None when there is no alias."""
    version: str | None
    """What all traffic goes to now."""

    @property
    def is_touched(self) -> bool:
        """Whether it routes elsewhere now."""
        return self.version is not None and self.before != Routing(self.version)

    def __str__(self) -> str:
        """For people."""
        if self.version is None:
            return "has no alias yet"
        if self.is_touched:
            return f"routed to {self.before}; all traffic is on version {self.version} again"
        return f"routes to version {self.version}, as before"


@dataclass(frozen=True, slots=True)
class Rescue:
    """What is known of a target whose holder is over."""

    target: Target
    holder: Contender
    restore_point: RestorePoint | None
    live: Live | None
    """What the ledger calls live there."""

    @property
    def home(self) -> str | None:
        """The version that the alias goes back to; None when the holder has not moved it, or there was none before."""
        return self.restore_point.version if self.restore_point else None

    def routing(self, found: Routing, is_its_own: Callable[[str], bool]) -> Routing:
        """What the alias has to route to: one version, whatever it was found with.

        A rollback is carried to its end. A deployment is taken back, whether the version that it brought has only a
        weight yet or all traffic. A primary version that is neither the one before nor its own was put there by
        somebody else, and stays.

        Args:
            found: what it routes to.
            is_its_own: whether a version runs the image of the holder's release.
        """
        is_rollback = self.holder.release is None
        if self.home and (is_rollback or found.version == self.home or is_its_own(found.version)):
            return Routing(self.home)
        return Routing(found.version)

    def live_after(self, version: LiveRevision) -> Live | None:
        """What the ledger calls live once all traffic goes to a version; None when that is what it says already.

        The version of a first deployment, which has nothing to go back to, stays; so it is live.
        """
        if self.live is None:
            return Live(self.holder.service, self.holder.environment, self.target, version)
        if self.live.current.version == version.version:
            return None
        return self.live.after_rollback(self.live.known(version.version) or version)
