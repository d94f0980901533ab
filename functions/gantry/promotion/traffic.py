"""How traffic moves from the stable version to the canary: a list of steps and an index into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gantry.promotion.errors import TargetChangedError


@dataclass(frozen=True, slots=True)
class Step:
    """One share of the traffic and how long it is watched."""

    weight: int
    """The canary's share in per cent, 1 to 99."""
    bake_seconds: int


Plan = tuple[Step, ...]

_BESIDES_BAKING = 3600
"""Seconds for everything in a deployment that is no bake, retries included."""


def longest_rollout_seconds(plan: Plan) -> int:
    """How long a deployment can take when every bake is extended once."""
    return 2 * sum(step.bake_seconds for step in plan) + _BESIDES_BAKING


@dataclass(frozen=True, slots=True)
class Routing:
    """What an alias routes to. Two routings are equal when the same requests reach the same versions."""

    version: str
    """The primary version."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Other versions' shares in per cent."""

    def __str__(self) -> str:
        """For people: `7`, or `7 with 10 % on 8`."""
        return self.version + "".join(f" with {weight:g} % on {version}" for version, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Shift:
    """A walk along a plan: from the routing that was found to the canary alone.

    The alias is only changed when it is exactly as the step before left it, so that what another writer did is
    noticed; and it is not changed again when it already is what the step wants, so that a retry does no harm.
    """

    found: Routing
    """The routing before the first step. Its primary version is the stable one, whatever weight lay beside it."""
    canary: str
    plan: Plan

    @property
    def stable(self) -> str:
        """The version that takes all traffic back when the canary fails."""
        return self.found.version

    def routing_at(self, index: int) -> Routing:
        """The routing that step `index` wants; one past the last step is the canary alone."""
        if index == len(self.plan):
            return Routing(self.canary)
        return Routing(self.stable, {self.canary: float(self.plan[index].weight)})

    def change_at(self, index: int, current: Routing) -> Routing | None:
        """The routing to write for step `index`, or None when the alias already has it.

        Raises:
            TargetChangedError: the alias is neither as the step before left it nor as this one wants it.
        """
        wanted = self.routing_at(index)
        if current == wanted:
            return None
        before = self.found if index == 0 else self.routing_at(index - 1)
        if current != before:
            message = (
                f"before this step the alias should route to {before}, but somebody else made it route to {current}"
            )
            raise TargetChangedError(message)
        return wanted

    def change_back(self, current: Routing) -> Routing | None:
        """The routing that brings the stable version back, or None when it already has all traffic.

        Raises:
            TargetChangedError: the alias is as no step of this deployment left it, so it is not ours to change.
        """
        stable = Routing(self.stable)
        if current == stable:
            return None
        ours = [self.found, *(self.routing_at(index) for index in range(len(self.plan) + 1))]
        if current not in ours:
            message = f"the alias routes to {current}, which no step of this deployment asked for: it was left alone"
            raise TargetChangedError(message)
        return stable
