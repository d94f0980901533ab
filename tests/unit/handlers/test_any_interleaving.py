"""Whatever deployments, rollbacks, stops and repairs happen at one target, in whatever order, call by call."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gantry.observability import logger, metrics
from gantry.promotion.traffic import Routing
from tests.unit.handlers.interleaving import SCHEDULED, AnyInterleaving
from tests.unit.handlers.payloads import TARGET

EXAMPLES = int(os.environ.get("INTERLEAVINGS", "125"))
PHASES = (Phase.generate, *(() if "NO_SHRINK" in os.environ else (Phase.shrink,)))


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads the logs and the metrics of thousands of invocations."""
    monkeypatch.setattr(logging.getLogger(logger.name), "disabled", True)
    monkeypatch.setattr(metrics.provider, "flush_metrics", lambda **_: metrics.provider.clear_metrics())


def test_any_interleaving_keeps_the_promises() -> None:
    run_state_machine_as_test(
        AnyInterleaving,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            derandomize="INTERLEAVINGS" not in os.environ,
            database=None,
            report_multiple_bugs=False,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def target() -> Iterator[AnyInterleaving]:
    """A target on which things happen in one certain order; the promises are asserted all the time, and at the end."""
    there = AnyInterleaving()
    there.begin("everything")
    yield there
    there.teardown()


@pytest.fixture
def new_target() -> Iterator[AnyInterleaving]:
    """One without an alias, which the first deployment creates."""
    there = AnyInterleaving()
    there.begin("nothing")
    yield there
    there.teardown()


def test_a_lease_whose_dead_holder_has_moved_the_alias_is_not_passed_on(target: AnyInterleaving) -> None:
    stopped = target.deploy(*target.new_release())
    target.until(stopped, "Bake")
    target.world.machines.end(stopped, "ABORTED")
    next_one = target.deploy(*target.new_release())
    target.until(next_one, "InspectTarget")
    assert target.promises.lease.is_held_by(stopped.arn, 1)


def test_a_lease_whose_dead_holder_has_created_the_function_is_not_passed_on(new_target: AnyInterleaving) -> None:
    stopped = new_target.deploy(*new_target.new_release())
    new_target.until(stopped, "SettleTarget")
    new_target.world.machines.end(stopped, "ABORTED")
    next_one = new_target.deploy(*new_target.new_release())
    new_target.until(next_one, "InspectTarget")
    assert new_target.promises.lease.is_held_by(stopped.arn, 1)


def test_a_lease_whose_dead_holder_knew_its_turn_and_did_not_begin_is_passed_on(target: AnyInterleaving) -> None:
    stopped = target.deploy(*target.new_release())
    target.until(stopped, "InspectTarget")
    target.world.machines.end(stopped, "ABORTED")
    next_one = target.deploy(*target.new_release())
    target.until(next_one, "InspectTarget")
    assert target.promises.lease.is_held_by(next_one.arn, 2)


def test_an_older_release_is_superseded_also_when_the_newer_became_live_while_it_asked(
    target: AnyInterleaving,
) -> None:
    older = target.deploy(*target.new_release())
    target.until(older, call="writing")
    newer = target.deploy(*target.new_release())
    target.until(newer)
    assert newer.status == "SUCCEEDED"
    target.until(older)
    assert older.error == "DeploymentSuperseded"


def test_what_was_rolled_back_stays_back_when_the_rollback_dies_and_a_person_starts_another(
    target: AnyInterleaving,
) -> None:
    deployment = target.deploy(*target.new_release())
    target.until(deployment, "Bake")
    first = target.world.roll_back()
    target.until(first, "StopDeployment")
    target.world.machines.end(first, "ABORTED")
    second = target.world.roll_back()
    target.until(second)
    assert target.world.alias.current == Routing("2")
    assert target.promises.is_in_quarantine(deployment.digest)


def test_a_shift_under_way_while_its_deployment_is_stopped_and_repaired_writes_nothing(target: AnyInterleaving) -> None:
    deployment = target.deploy(*target.new_release())
    target.until(deployment, call="writing the alias")
    target.world.machines.end(deployment, "ABORTED")
    late = target.world.machines.abandoned[-1]
    target.until(target.world.repair(target.world.events.pop()))
    assert target.promises.lease.holder is None
    target.until(late)
    assert target.world.alias.current == Routing("2")


def test_a_repair_that_was_overtaken_writes_nothing_into_the_next_deployment(target: AnyInterleaving) -> None:
    dead = target.deploy(*target.new_release())
    target.until(dead, "Bake")
    target.world.machines.end(dead, "ABORTED")
    slow = target.world.repair(SCHEDULED)
    target.until(slow, call="writing the alias")
    target.until(target.world.repair(SCHEDULED))
    next_one = target.deploy(*target.new_release())
    target.until(next_one, "Bake")
    split = target.world.alias.current
    target.until(slow)
    assert target.world.alias.current == split == Routing("2", {next_one.variables["canary"]: 10})


def test_a_rollback_that_was_stopped_and_repaired_writes_nothing_over_the_next_release(target: AnyInterleaving) -> None:
    rollback = target.world.roll_back()
    target.until(rollback, call="writing the alias")
    target.world.machines.end(rollback, "ABORTED")
    late = target.world.machines.abandoned[-1]
    target.until(target.world.repair(SCHEDULED))
    next_one = target.deploy(*target.new_release(), weights=[])
    target.until(next_one)
    target.until(late)
    assert target.world.alias.current == Routing(next_one.variables["canary"])


def test_what_a_person_routed_to_stays_when_a_deployment_dies_before_it_noted_a_restore_point(
    target: AnyInterleaving,
) -> None:
    release, started_at = target.new_release()
    first = target.deploy(release, started_at)
    target.until(first, "Bake")
    target.world.machines.end(first, "ABORTED")
    target.until(target.world.repair(target.world.events.pop()))
    target.world.alias.somebody_makes_it(Routing("3"))
    again = target.deploy(release, target.world.now())
    target.until(again, "InspectTarget")
    target.world.machines.end(again, "ABORTED")
    target.until(target.world.repair(target.world.events.pop()))
    assert target.world.alias.current == Routing("3")


def test_a_late_try_to_get_the_lease_does_not_take_the_place_of_the_one_that_waits(target: AnyInterleaving) -> None:
    holder = target.deploy(*target.new_release())
    target.until(holder, "Bake")
    waiter = target.deploy(*target.new_release())
    target.until(waiter, call="writing")
    target.world.machines.lose_answer(waiter)
    late = target.world.machines.abandoned[-1]
    while not waiter.waits:
        target.step(waiter)
    target.until(late)
    target.until(holder)
    assert waiter.state == "InspectTarget"


@pytest.mark.parametrize("state", ["CompleteDeployment", "RecordRelease"])
def test_a_first_deployment_that_fails_late_is_live_as_the_ledger_says(new_target: AnyInterleaving, state: str) -> None:
    deployment = new_target.deploy(*new_target.new_release())
    new_target.until(deployment, state)
    new_target.step(deployment)
    while new_target.world.alias.current is None:
        new_target.step(deployment)
    new_target.world.die(deployment, for_good=True)
    new_target.until(deployment)
    new_target.until(new_target.world.repair(new_target.world.events.pop()))
    live = new_target.world.services.ledger.live_on("cowsay", "prod", TARGET)
    assert live
    assert (live.current.revision, new_target.world.alias.current) == ("1", Routing("1"))


def test_what_a_repair_has_notified_of_is_not_repeated_when_it_dies_before_it_gives_the_lease_back(
    target: AnyInterleaving,
) -> None:
    dead = target.deploy(*target.new_release())
    target.until(dead, "Bake")
    target.world.machines.end(dead, "ABORTED")
    repair = target.world.repair(target.world.events.pop())
    while dead.arn not in target.world.marked:
        target.step(repair)
    target.world.die(repair, for_good=True)
    assert target.promises.lease.holder
    target.until(target.world.repair(SCHEDULED))
    assert target.world.notified == [dead.arn]


def test_an_end_that_step_functions_does_not_know_yet_is_repaired_when_it_is_announced(
    target: AnyInterleaving,
) -> None:
    target.world.machines.is_slow = True
    dead = target.deploy(*target.new_release())
    target.until(dead, "Bake")
    target.world.machines.end(dead, "ABORTED")
    target.until(target.world.repair(SCHEDULED))
    assert target.promises.lease.is_held_by(dead.arn, 1)
    target.until(target.world.repair(target.world.events.pop()))
    assert target.promises.lease.holder is None
    assert target.world.alias.current == Routing("2")
    assert target.world.notified == [dead.arn]


def test_a_revision_that_takes_its_time_is_waited_for_by_the_definition(target: AnyInterleaving) -> None:
    target.world.function.takes_looks = 4
    deployment = target.deploy(*target.new_release())
    target.until(deployment, "SettleTarget")
    looked = len(deployment.failures)
    target.until(deployment)
    assert deployment.status == "SUCCEEDED"
    assert len(deployment.failures) == looked + 4
    assert {each["Error"] for each in deployment.failures} == {"TargetPendingError"}


def test_the_alias_of_a_first_deployment_is_created_once_all_else_is_done(new_target: AnyInterleaving) -> None:
    deployment = new_target.deploy(*new_target.new_release())
    new_target.until(deployment, "CompleteDeployment")
    assert new_target.world.alias.current is None
    new_target.until(deployment)
    assert new_target.world.alias.written == [Routing("1")]


def test_a_first_deployment_that_has_lost_its_lease_creates_no_alias(new_target: AnyInterleaving) -> None:
    deployment = new_target.deploy(*new_target.new_release())
    new_target.until(deployment, "CompleteDeployment")
    new_target.until(deployment, call="reading the alias")
    new_target.world.machines.end(deployment, "ABORTED")
    late = new_target.world.machines.abandoned[-1]
    new_target.until(new_target.world.repair(new_target.world.events.pop()))
    new_target.until(late)
    assert new_target.world.alias.current is None


def test_a_release_that_is_recorded_too_late_changes_nothing_after_a_rollback(target: AnyInterleaving) -> None:
    deployment = target.deploy(*target.new_release())
    target.until(deployment, "RecordRelease")
    target.until(deployment, call="writing")
    target.until(target.world.roll_back(), "RecordRollback")
    late = target.world.machines.abandoned[-1]
    assert deployment.error == "RolledBackManually"
    target.settle()
    assert late.error
    assert target.world.alias.current == Routing("2")


def test_a_deployment_that_has_lost_its_lease_does_not_claim_to_have_restored_anything(
    target: AnyInterleaving,
) -> None:
    deployment = target.deploy(*target.new_release())
    target.until(deployment, "Bake")
    target.until(target.world.roll_back(), "StopDeployment")
    target.until(deployment)
    assert deployment.error == "DeploymentFailed"
    assert deployment.variables["failure"]["traffic"] == "lost"
