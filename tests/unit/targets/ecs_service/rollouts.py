"""Rollouts on a service in memory, taken as the states of a deployment take them: one question at a time."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ReadTimeoutError

from gantry.promotion.deployment import Deployment
from gantry.promotion.traffic import Plan, Rollout, Routing, Step
from gantry.targets.kind import Change
from gantry.use_cases.traffic_changes import change_traffic
from tests.unit.targets.contract.driving import make_ready
from tests.unit.targets.contract.ecs_harness import NAME, EcsHarness
from tests.unit.targets.fake_ecs_service import FakeEcsService
from tests.unit.targets.fake_service_deployment import FakeServiceDeployment

STEPS: Plan = (Step(34, 60), Step(68, 60))
_MANY = 20


@dataclass
class EcsRollout:
    """One rollout, and the service that it is on."""

    harness: EcsHarness
    deployment: Deployment
    rollout: Rollout

    @property
    def service(self) -> FakeEcsService:
        return self.harness.service

    @property
    def flight(self) -> FakeServiceDeployment:
        """The newest deployment of the service."""
        return self.service.deployments[-1]

    @property
    def begun(self) -> int:
        """How often a deployment has begun."""
        return len(self.service.deployments)

    @property
    def settings(self) -> dict[str, Any]:
        """The service's `deploymentConfiguration`."""
        found: dict[str, Any] = self.service.content["deploymentConfiguration"]
        return found

    def ask(self, index: int) -> bool:
        """Ask once for a step, and look once whether it has arrived."""
        decide = partial(self.rollout.change_at, index)
        change_traffic(self.harness.kind, self.harness.target, decide, deployment=self.deployment)
        return self.looks_settled(index)

    def ask_quietly(self, index: int) -> None:
        """Let the answer of a question be lost, so that nobody has looked."""
        change_traffic(
            self.harness.kind,
            self.harness.target,
            partial(self.rollout.change_at, index),
            deployment=self.deployment,
        )

    def looks_settled(self, index: int) -> bool:
        change = Change(routing=self.rollout.routing_at(index))
        return self.harness.kind.is_settled(self.harness.target, change)

    def take(self, *steps: int) -> None:
        """Ask for each step until it has arrived, also after a crash."""
        for index in steps:
            assert any(self._asked(partial(self.ask, index)) for _ in range(_MANY))

    def finish(self) -> None:
        """Ask for the end until it has come, also after a crash."""
        end = partial(self.harness.kind.finish, self.harness.target, self.rollout.canary)
        assert any(self._asked(end) for _ in range(_MANY))

    def ask_back(self) -> bool:
        """Ask once for the way back, and look once whether all traffic is there."""
        change_traffic(self.harness.kind, self.harness.target, self.rollout.change_back)
        return self.harness.kind.is_settled(self.harness.target, Change(routing=Routing(self.rollout.stable)))

    def go_back(self) -> None:
        """Ask for the way back until all traffic is there, also after a crash."""
        assert any(self._asked(self.ask_back) for _ in range(_MANY))

    def _asked(self, question: partial[bool] | Any) -> bool:
        try:
            return bool(question())
        except ReadTimeoutError:
            return False


def prepared(plan: Plan = STEPS, **content: Any) -> EcsRollout:
    """Return a rollout that has not begun. `content` is what the service has otherwise."""
    harness = EcsHarness()
    stable = harness.stable()
    harness.ecs.services[NAME].content |= content
    deployment = replace(harness.deployment(), plan=plan)
    canary = make_ready(harness.kind, deployment, stable)
    return EcsRollout(harness, deployment, Rollout(Routing(stable.revision), canary, plan))


def without_balancer(plan: Plan = ()) -> EcsRollout:
    """Return a rollout on a service whose tasks are replaced one by one."""
    return prepared(plan, loadBalancers=[])


def stages_of(settings: dict[str, Any]) -> list[str]:
    """The stages of all hooks, in their order."""
    return [stage for hook in settings.get("lifecycleHooks", ()) for stage in hook["lifecycleStages"]]
