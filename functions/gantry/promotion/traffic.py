"""How traffic moves from the stable revision to the canary: a list of steps and an index into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gantry.promotion.errors import TargetChangedError


class TrafficState(StrEnum):
    """Where a failed deployment left its target's traffic."""

    UNTOUCHED = "untouched"
    SHIFTED = "shifted"
    """It had begun to shift, and RollBack has not run yet."""
    RESTORED = "restored"
    LOST = "lost"
    """Another execution took the lease, and the traffic with it."""
    FIRST = "first"
    """It was the target's first deployment, so there is nothing to go back to."""
    UNKNOWN = "unknown"
    """RollBack failed too."""


@dataclass(frozen=True, slots=True)
class Step:
    """One share of the traffic and how long it is watched."""

    weight: int
    """The canary's share in per cent, 1 to 99."""
    bake_seconds: int


Plan = tuple[Step, ...]


def bake_seconds(plan: Plan) -> int:
    """Return how long all bakes of a plan take together."""
    return sum(step.bake_seconds for step in plan)


@dataclass(frozen=True, slots=True)
class Routing:
    """Which revisions get a target's traffic. Equal routings send the same requests to the same revisions."""

    revision: str
    """The primary revision."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Other revisions' shares in per cent."""

    def __str__(self) -> str:
        """For people: `7`, or `7 with 10 % on 8`."""
        return self.revision + "".join(f" with {weight:g} % on {other}" for other, weight in self.weights.items())


NOWHERE = Routing("nothing")
"""Stands for the routing of a target that somebody has deleted. No revision is called this."""


@dataclass(frozen=True, slots=True)
class TrafficMove:
    """All traffic, sent to one revision."""

    before: Routing
    """Where it went before."""
    revision: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """The steps of a plan: from the routing that was found to the canary alone.

    The target is only changed when it is exactly as the step before left it, so that another writer's change is
    noticed. It is not changed again when it is as the step wants it already, so that a retry does no harm.

    While people are asked about a canary, it is held at its smallest weight, the first step's.
    """

    found: Routing
    """The routing before the first step. Its primary revision is the stable one, whatever weight lay beside it."""
    canary: str
    plan: Plan

    @property
    def stable(self) -> str:
        """The revision that takes all traffic back when the canary fails."""
        return self.found.revision

    @property
    def begun(self) -> Routing:
        """The routing before the first step, where the service starts the canary before it gets any traffic."""
        return Routing(self.stable, {self.canary: 0.0})

    def routing_at(self, index: int) -> Routing:
        """Return the routing that step `index` wants; one past the last step is the canary alone."""
        if index == len(self.plan):
            return Routing(self.canary)
        return Routing(self.stable, {self.canary: float(self.plan[index].weight)})

    def weight_at(self, index: int) -> int:
        """Return the canary's share in per cent at step `index`; one past the last step is all traffic."""
        return 100 if index == len(self.plan) else self.plan[index].weight

    def change_at(self, index: int, current: Routing) -> Routing | None:
        """Return the routing to write for step `index`, or None when the target already has it.

        Raises:
            TargetChangedError: the target is neither as the step before left it nor as this one wants it.
        """
        before = self.found if index == 0 else self.routing_at(index - 1)
        if index == 0 and current == self.begun:
            before = self.begun
        return _change(before, self.routing_at(index), current)

    def hold(self, index: int, current: Routing) -> Routing | None:
        """Return the routing that takes the canary of step `index` back to its smallest weight; None when it is there.

        Raises:
            TargetChangedError: the target is neither as that step left it nor at the smallest weight.
        """
        return _change(self.routing_at(index), self.routing_at(0), current)

    def resume(self, index: int, current: Routing) -> Routing | None:
        """Return the routing that gives a held canary the weight of step `index` again; None when it has that.

        Raises:
            TargetChangedError: the target is neither at the smallest weight nor as that step left it.
        """
        return _change(self.routing_at(0), self.routing_at(index), current)

    def is_between_its_own(self, current: Routing) -> bool:
        """Whether two revisions share the traffic, the stable one and the canary, as no step asked for."""
        steps = [self.begun, *(self.routing_at(index) for index in range(len(self.plan) + 1))]
        return {current.revision, *current.weights} == {self.stable, self.canary} and current not in steps

    def change_back(self, current: Routing) -> Routing | None:
        """Return the routing that restores the stable revision, or None when it already has all traffic.

        Raises:
            TargetChangedError: no step of this deployment left the target like this, so it is not ours to change.
        """
        stable = Routing(self.stable)
        if current == stable:
            return None
        ours = [self.found, self.begun, *(self.routing_at(index) for index in range(len(self.plan) + 1))]
        if current not in ours:
            message = f"the target routes to {current}, which no step of this deployment asked for: it was left alone"
            raise TargetChangedError(message)
        return stable


def _change(before: Routing, wanted: Routing, current: Routing) -> Routing | None:
    if current == wanted:
        return None
    if current != before:
        message = f"before this step the target should route to {before}, but somebody else made it route to {current}"
        raise TargetChangedError(message)
    return wanted
