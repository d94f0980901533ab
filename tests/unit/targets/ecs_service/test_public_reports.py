"""What users of other deployers of ECS have reported, each with what is right here."""

from typing import Any, cast

import pytest

from gantry.promotion.errors import TargetFailedError
from gantry.promotion.traffic import Routing
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.listener import Listener
from gantry.targets.ecs_service.one_off_tasks import OneOffTasks
from gantry.targets.task_runner import TaskCommand, TaskStatus
from tests.unit.targets.contract.driving import read
from tests.unit.targets.ecs_service.described_service import service, service_revision
from tests.unit.targets.ecs_service.rollouts import prepared, stages_of, without_balancer
from tests.unit.targets.fake_accounts import FakeAccounts
from tests.unit.targets.fake_ecs_tasks import ACCOUNT, CLUSTER, REGION, SERVICE, FakeEcsTasks
from tests.unit.targets.fake_load_balancers import BLUE, RULE

COMMAND = TaskCommand(("python", "manage.py", "migrate"))
REVISION = "cowsay:8"


@pytest.fixture
def ecs() -> FakeEcsTasks:
    return FakeEcsTasks(service={}, definitions={REVISION: {"containerDefinitions": [{"name": "app"}]}})


def tasks(ecs: FakeEcsTasks) -> OneOffTasks:
    return OneOffTasks(cast("Any", ecs), EcsTarget(ACCOUNT, REGION, CLUSTER, SERVICE, "app"))


def test_a_service_that_is_stable_because_ecs_went_back_is_no_success() -> None:
    """https://github.com/aws-actions/amazon-ecs-deploy-task-definition/issues/191: the action said success."""
    made = without_balancer()
    made.ask(0)
    made.flight.turn("ECS deployment circuit breaker: tasks failed to start.")
    made.flight.move()

    with pytest.raises(TargetFailedError, match="circuit breaker"):
        made.looks_settled(0)
    with pytest.raises(TargetFailedError, match="circuit breaker"):
        made.harness.kind.finish(made.harness.target, made.rollout.canary)
    assert read(made.harness.kind, made.harness.target)[0] == Routing(made.rollout.stable)


def test_no_hook_is_left_that_the_next_strategy_would_be_refused_for() -> None:
    """https://github.com/aws/containers-roadmap/issues/2664: ROLLING after BLUE_GREEN failed on leftover hooks."""
    made = prepared()
    made.take(0)
    assert stages_of(made.settings)

    made.go_back()

    assert stages_of(made.settings) == []


def test_weights_that_somebody_has_moved_stop_a_release_before_ecs_shifts_from_there() -> None:
    """https://github.com/aws/containers-roadmap/issues/2853: ECS shifts without a look at the listener."""
    accounts, target = FakeAccounts(), prepared().harness.target
    accounts.load_balancers_of(target).forward(RULE, blue=0, green=100)

    listener = Listener.in_account(cast("Any", accounts), target)

    assert list(listener.astray(service(), service_revision("cowsay:1", BLUE)))


def test_a_task_that_could_not_pull_its_image_has_not_passed(ecs: FakeEcsTasks) -> None:
    """https://github.com/kayac/ecspresso/issues/534: no exit code counted as 0."""
    task = tasks(ecs).begin(REVISION, COMMAND, "a-name")
    ecs.keep_from_starting(task, "CannotPullContainerError: not found")

    report = tasks(ecs).look(task, COMMAND)

    assert (report.status, report.exit_code) == (TaskStatus.BROKEN_OFF, None)


def test_a_task_that_ends_before_anybody_has_seen_it_run_has_passed(ecs: FakeEcsTasks) -> None:
    """https://github.com/pulumi/pulumi-self-hosted-installers/pull/1371: the waiter wanted to see it running."""
    task = tasks(ecs).begin(REVISION, COMMAND, "a-name")
    ecs.end(task, exitCode=0)

    report = tasks(ecs).look(task, COMMAND)

    assert (report.status, report.exit_code) == (TaskStatus.ENDED, 0)
