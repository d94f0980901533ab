"""Two services that run one family of task definitions: a release makes one revision for both."""

from dataclasses import replace
from functools import partial

from gantry.promotion.deployment import StableRevision
from gantry.promotion.traffic import Rollout, Routing
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.kind import Change
from gantry.use_cases.traffic_changes import change_traffic, seize_traffic
from tests.unit.targets.contract.driving import make_ready, read
from tests.unit.targets.ecs_service.described_service import BALANCER
from tests.unit.targets.ecs_service.rollouts import EcsRollout, prepared

SECOND = EcsTarget("222222222222", "us-east-1", "main", "worker", "app").as_target()


def second_of(made: EcsRollout) -> EcsRollout:
    """Return a rollout of the same release to another service, which runs the same task definition."""
    harness = made.harness
    harness.ecs.create("main/worker", made.rollout.stable, loadBalancers=[BALANCER])
    deployment = replace(made.deployment, target=SECOND)
    stable = StableRevision(made.rollout.stable, harness.kind.digest(SECOND, made.rollout.stable) or "")
    canary = make_ready(harness.kind, deployment, stable)
    return EcsRollout(harness, deployment, Rollout(Routing(stable.revision), canary, deployment.plan))


def test_a_step_of_one_service_does_not_change_what_was_noted_of_the_other() -> None:
    made = prepared()
    other = second_of(made)
    assert other.rollout.canary == made.rollout.canary
    made.take(0)

    for _ in range(3):
        decide = partial(other.rollout.change_at, 0)
        change_traffic(made.harness.kind, SECOND, decide, deployment=other.deployment)

    for each, target in ((made, made.harness.target), (other, SECOND)):
        assert made.harness.kind.is_settled(target, Change(routing=each.rollout.routing_at(0)))


def test_taking_one_service_over_disturbs_no_rollout_of_the_other() -> None:
    made = prepared()
    second_of(made)
    _, token = read(made.harness.kind, made.harness.target)
    seize_traffic(made.harness.kind, SECOND, lambda _: Routing(made.rollout.stable))

    assert read(made.harness.kind, made.harness.target)[1] == token
    take_over = partial(seize_traffic, made.harness.kind, SECOND, lambda _: Routing(made.rollout.stable))
    made.harness.ecs.before("update_service", take_over)
    made.take(0)
