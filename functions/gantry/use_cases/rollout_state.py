"""What the states that move a deployment's traffic have in common."""

from dataclasses import dataclass

from gantry.promotion.deployment import DeploymentState
from gantry.promotion.traffic import Rollout, Routing, Step


@dataclass(frozen=True, slots=True)
class RolloutState(DeploymentState):
    """A deployment that changes what its target routes to."""

    found: Routing | None
    """What the target routed to before the deployment; None on a first deployment."""
    canary: str
    plan: tuple[Step, ...]

    @property
    def rollout(self) -> Rollout:
        """The steps that this deployment takes."""
        return Rollout(self.found or Routing(self.canary), self.canary, self.plan)


@dataclass(frozen=True, slots=True)
class RoutedRevision:
    """The revision that has all traffic now."""

    revision: str
