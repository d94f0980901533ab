"""The kind `ecs` with a service that walks, waits and answers over HTTP: what the unit tests' fake only assumes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from gantry.promotion.deployment import Deployment, PreparationOutcome
from gantry.promotion.errors import TargetFailedError
from gantry.promotion.traffic import Plan, Rollout, Routing, Step
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.making import make_kind
from gantry.targets.kind import Change, TargetKind
from gantry.targets.reading_kind import ReadingKind
from gantry.use_cases.traffic_changes import change_traffic
from sandbox.driver.ecs_service import CLUSTER, CONTAINER, EcsService, add_ecs_service
from sandbox.stand_in.accounts import ASSETS, REGION
from sandbox.stand_in.ecs_faults import EcsFaults
from sandbox.stand_in.process import StandIn
from tests.sandbox.containers import ACCOUNT, a_repository, an_image
from tests.sandbox.given import new_name, soon
from tests.unit.masked import MASKING
from tests.unit.targets.contract.driving import prepare
from tests.unit.targets.contract.harness import deployment_of
from tests.unit.targets.kind_parts import parts

Decide = Callable[[Routing], Routing | None]

HALF: Plan = (Step(50, 60),)
SAYS = "def handler(event, context):\n    return {'said': '%s'}"


class DirectAccounts:
    """The way into the workload accounts without roles, which other tests are about."""

    def __init__(self, aws: StandIn) -> None:
        self._aws = aws

    def client(self, service: str, target: Any, **_: Any) -> Any:
        return self._aws.client(service, target.account)


@dataclass(frozen=True, slots=True)
class Release:
    """A release that is prepared for a service."""

    kind: TargetKind
    deployment: Deployment
    service: EcsService
    rollout: Rollout

    def arrive(self, decide: Decide, routing: Routing, deployment: Deployment | None = None) -> None:
        """Ask for a routing as a state does: again and again, until it is there."""
        target = self.deployment.target

        def is_there() -> bool:
            change_traffic(self.kind, target, decide, deployment=deployment)
            return self.kind.is_settled(target, Change(routing=routing))

        soon(is_there)

    def take(self, *steps: int) -> None:
        """Take steps; the last one is all traffic."""
        for index in steps:
            self.arrive(partial(self.rollout.change_at, index), self.rollout.routing_at(index), self.deployment)

    def finish(self) -> None:
        soon(partial(self.kind.finish, self.deployment.target, self.rollout.canary))

    def go_back(self) -> None:
        home = Routing(self.rollout.stable)
        self.arrive(lambda current: None if current == home else home, home)

    @property
    def routing(self) -> Routing:
        found = self.kind.routing(self.deployment.target)
        assert found is not None
        return found[0]

    @property
    def statuses(self) -> list[str]:
        """How the service's deployments stand, newest first."""
        client = self.service.stand_in.client("ecs", ACCOUNT)
        listed = client.list_service_deployments(cluster=CLUSTER, service=self.service.name)["serviceDeployments"]
        return [each["status"] for each in listed]

    def answers(self) -> set[str]:
        """The task definitions that answer 30 requests."""
        assert self.service.balancer is not None
        return {str(self.service.balancer.request().revision) for _ in range(30)}


def a_release(aws: StandIn, plan: Plan = HALF, yesterday: Mapping[str, Any] | None = None) -> Release:
    """Return a release for a new service, whose deployments may have been configured otherwise."""
    name, repository = new_name("cowsay"), a_repository(aws)
    old, new = (an_image(aws, SAYS % said, repository) for said in ("old", "new"))
    service = add_ecs_service(aws, ACCOUNT, name, old)
    aws.client("ecs", ACCOUNT).get_waiter("services_stable").wait(
        cluster=CLUSTER, services=[name], WaiterConfig={"Delay": 1}
    )
    aws.client("ecs", ACCOUNT).update_service(cluster=CLUSTER, service=name, deploymentConfiguration=yesterday or {})
    target = EcsTarget(ACCOUNT, REGION, CLUSTER, name, CONTAINER).as_target()
    kind = make_kind(parts(DirectAccounts(aws), ASSETS, timedelta()))
    made = deployment_of(target, new.rpartition("@")[2], {})
    artifact = replace(made.release.artifact, location=repository)
    deployment = replace(made, plan=plan, release=replace(made.release, artifact=artifact))
    stable = kind.inspect(deployment, MASKING).stable
    assert stable is not None
    prepared = prepare(kind, deployment, stable)
    assert prepared.outcome is PreparationOutcome.PUBLISHED
    kind.confirm(deployment, prepared.revision, stable, MASKING)
    rollout = Rollout(Routing(stable.revision), prepared.revision, deployment.plan)
    return Release(kind, deployment, service, rollout)


def test_a_release_goes_to_a_service_step_by_step_and_back_again(aws: StandIn) -> None:
    release = a_release(aws)
    stable, canary = release.rollout.stable, release.rollout.canary
    assert release.answers() == {stable}

    release.take(0)
    assert release.routing == Routing(stable, {canary: 50.0})
    assert release.answers() == {stable, canary}
    assert isinstance(release.kind, ReadingKind)
    task_role = f"arn:aws:iam::{ACCOUNT}:role/{release.service.name}-task"
    assert release.kind.reading_role(release.deployment.target) == task_role
    release.take(1)
    assert release.answers() == {canary}
    release.finish()
    assert soon(lambda: release.statuses[0] == "SUCCESSFUL")
    assert release.service.described["deploymentConfiguration"]["lifecycleHooks"] == []

    release.go_back()
    assert release.answers() == {stable}


@pytest.mark.parametrize(
    "yesterday",
    [
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 25.0, "stepBakeTimeInMinutes": 1}},
        {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 1}},
        {"strategy": "ROLLING", "earlySuccessCriteria": {"enable": True}},
    ],
    ids=lambda each: each["strategy"],
)
@pytest.mark.parametrize(
    ("plan", "today"),
    [((Step(40, 60), Step(80, 60)), "LINEAR"), (HALF, "CANARY"), ((), "BLUE_GREEN")],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_ecs_takes_another_strategy_today(aws: StandIn, yesterday: dict[str, Any], plan: Plan, today: str) -> None:
    release = a_release(aws, plan, yesterday)

    change_traffic(
        release.kind, release.deployment.target, partial(release.rollout.change_at, 0), deployment=release.deployment
    )

    assert release.service.described["deploymentConfiguration"]["strategy"] == today
    release.go_back()


def test_a_release_goes_back_in_the_middle(aws: StandIn) -> None:
    release = a_release(aws)
    release.take(0)

    release.go_back()

    assert release.answers() == {release.rollout.stable}
    assert soon(lambda: release.statuses[0] == "ROLLBACK_SUCCESSFUL")


def test_ecs_goes_back_by_itself_when_nobody_answers(aws: StandIn) -> None:
    release = a_release(aws)
    release.take(0)
    faults, name = EcsFaults(aws, ACCOUNT), f"{CLUSTER}/{release.service.name}"

    assert soon(lambda: faults.expire(name)) == 1

    assert soon(lambda: release.statuses[0] == "ROLLBACK_SUCCESSFUL")
    assert release.routing == Routing(release.rollout.stable)
    with pytest.raises(TargetFailedError, match="ROLLBACK_SUCCESSFUL"):
        release.kind.is_settled(release.deployment.target, Change(routing=release.rollout.routing_at(0)))
    release.go_back()
    assert release.answers() == {release.rollout.stable}
