"""Whatever deployments, rollbacks, stops and repairs happen at one target, in whatever order, call by call."""

import importlib
import logging
import os
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from gantry import aws, handlers
from gantry.aws.ledger import Ledger
from gantry.aws.quarantines import Quarantines
from gantry.handlers.observability import logger
from gantry.promotion.configuration import Configuration
from gantry.promotion.quarantine import QuarantineRelease
from gantry.promotion.release import Release
from gantry.promotion.traffic import Routing
from tests.unit.handlers import records
from tests.unit.handlers.machines import Execution, World
from tests.unit.handlers.payloads import ROLE, TARGET, release_input
from tests.unit.handlers.promises import Promises
from tests.unit.handlers.records import digest_of, live, record_live
from tests.unit.handlers.suspended import Invocation

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

ADAPTERS = [importlib.import_module(f"gantry.aws.{each.name}") for each in pkgutil.iter_modules(aws.__path__)]
HANDLERS = [importlib.import_module(f"gantry.handlers.{each.name}") for each in pkgutil.iter_modules(handlers.__path__)]
EXAMPLES = int(os.environ.get("INTERLEAVINGS", "200"))
PHASES = (Phase.generate, *(() if "NO_SHRINK" in os.environ else (Phase.shrink,)))
STEPS = st.sampled_from([1, 2, 3, 4, 6, 9])
BUSY = 4
BEGINNINGS = st.sampled_from(["everything", "everything", "everything", "alias", "nothing"])
"""What there is of versions 1 and 2: alias and ledger, the alias only, or not even the function."""
WHICH = st.integers(0, 30)
HEALTH = st.sampled_from(["healthy", "healthy", "unhealthy", "inconclusive", "alarm"])
MEANWHILE = st.sampled_from(["stop", "repair", "rollback"])
SCHEDULED: dict[str, Any] = {"detail": {}}
PLANS = st.sampled_from([[10], [10, 50], []])


class AnyInterleaving(RuleBasedStateMachine):
    """One target, on which version 2 is live, and was 1 before; or to which nothing was deployed yet."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.world = World()
        self.world.put_into([*HANDLERS, *ADAPTERS, records], self.patch)
        self.promises = Promises(self.world)
        self.is_broken = False
        self.pushed: list[tuple[dict[str, Any], str]] = []
        self.numbers = count(3)

    @initialize(known=BEGINNINGS, settles_late_ones_first=st.booleans())
    def begin(self, known: str, settles_late_ones_first: bool) -> None:
        self.next = -1 if settles_late_ones_first else 0
        if known == "nothing":
            self.promises.is_new = True
            self.world.function.target = replace(TARGET, role=ROLE)
            return
        for number in (1, 2):
            self.world.function.deployed(digest_of(number), Configuration(128, 3, 512, {}, [], None))
        self.world.alias.current = Routing("2")
        if known == "everything":
            record_live(live(2, 1))

    # What people do.

    @precondition(lambda self: self.is_calm())
    @rule(health=HEALTH, weights=PLANS, is_late=st.booleans())
    def push(self, health: str, weights: list[int], is_late: bool) -> None:
        self.pushed.append(self.new_release())
        if not is_late:
            self.deploy(*self.pushed[-1], health, weights)

    @precondition(lambda self: self.pushed and self.is_calm())
    @rule(which=WHICH, health=HEALTH, weights=PLANS, is_new=st.booleans())
    def deploy_late_or_again(self, which: int, health: str, weights: list[int], is_new: bool) -> None:
        release, started_at = self.pushed[which % len(self.pushed)]
        self.deploy(release, self.world.now() if is_new else started_at, health, weights)

    def new_release(self) -> tuple[dict[str, Any], str]:
        number = next(self.numbers)
        release = Release("cowsay", digest_of(number), f"revision-{number}", f"tag{number}")
        return release_input(release), self.world.now()

    def deploy(
        self, release: dict[str, Any], started_at: str, health: str = "healthy", weights: Sequence[int] = (10,)
    ) -> Execution:
        plan = [{"weight": each, "bake_seconds": 300} for each in weights]
        return self.world.deploy(release, started_at, health, plan=plan)

    @precondition(lambda self: self.is_calm() and self.pushed)
    @rule(version=st.sampled_from([None, None, None, "1", "2", "3", "4"]))
    def roll_back(self, version: str | None) -> None:
        self.world.roll_back(**({"version": version} if version else {}))

    @precondition(lambda self: self.begun())
    @rule(which=WHICH, status=st.sampled_from(["ABORTED", "TIMED_OUT"]))
    def stop(self, which: int, status: str) -> None:
        self.world.end(self.begun()[which % len(self.begun())], status)

    @precondition(lambda self: self.running())
    @rule(which=WHICH, call=st.sampled_from(["alias: ", "alias: ", "writing"]), what=MEANWHILE)
    def interrupt_a_write(self, which: int, call: str, what: str) -> None:
        """The write is made later, or never."""
        who = self.running()[which % len(self.running())]
        self.until(who, call=call)
        if what == "rollback":
            self.until(self.world.roll_back())
        elif who.is_running:
            self.world.end(who, "ABORTED")
        if what == "repair":
            self.until(self.world.repair(SCHEDULED))

    @precondition(lambda self: self.promises.stays_back)
    @rule(which=WHICH)
    def release_from_quarantine(self, which: int) -> None:
        digest = sorted(self.promises.stays_back)[which % len(self.promises.stays_back)]
        if self.promises.is_in_quarantine(digest):
            Quarantines.from_env().release("cowsay", digest, QuarantineRelease(self.world.now(), "fine", "arn", "bob"))
            self.promises.stays_back.discard(digest)

    # What time does.

    @precondition(lambda self: self.everybody())
    @rule(which=WHICH, steps=STEPS)
    def go_on(self, which: int, steps: int) -> None:
        who = self.everybody()[which % len(self.everybody())]
        for _ in range(steps):
            if who in self.everybody():
                self.step(who)

    @precondition(lambda self: self.everybody())
    @rule(which=WHICH)
    def go_on_with_next_state(self, which: int) -> None:
        self.go_on_for_some_states(which, 1)

    @precondition(lambda self: self.everybody())
    @rule(which=WHICH, states=st.sampled_from([1, 2, 3, 4, 6, 9]))
    def go_on_for_some_states(self, which: int, states: int) -> None:
        who = self.everybody()[which % len(self.everybody())]
        for _ in range(states):
            state = who.state if isinstance(who, Execution) else ""
            while who in self.everybody() and (isinstance(who, Invocation) or who.state == state):
                self.step(who)

    @precondition(lambda self: self.under_way())
    @rule(which=WHICH, for_good=st.booleans())
    def die(self, which: int, for_good: bool) -> None:
        self.world.die(self.under_way()[which % len(self.under_way())], for_good=for_good)
        self.check()

    @precondition(lambda self: self.asking())
    @rule(which=WHICH)
    def lose_answer(self, which: int) -> None:
        self.world.lose_answer(self.asking()[which % len(self.asking())])

    @precondition(lambda self: self.waiting_for_lease())
    @rule(which=WHICH)
    def wait_too_long(self, which: int) -> None:
        waiting = self.waiting_for_lease()
        self.world.time_is_up(waiting[which % len(waiting)])

    @precondition(lambda self: self.world.events)
    @rule(which=WHICH, what=st.sampled_from(["once", "twice", "never"]))
    def deliver(self, which: int, what: str) -> None:
        event = self.world.events.pop(which % len(self.world.events))
        if what == "never":
            self.world.lose(event)
        else:
            self.world.repair(event)
        if what == "twice":
            self.world.events.append(event)

    @precondition(lambda self: self.is_calm())
    @rule()
    def repair_as_scheduled(self) -> None:
        self.world.repair(SCHEDULED)

    # Who there is.

    def running(self) -> list[Execution]:
        return [each for each in self.world.executions.values() if each.is_running]

    def is_calm(self) -> bool:
        """Whether few things happen at once, so that something comes of them."""
        return len(self.running()) + len(self.world.others) < BUSY

    def begun(self) -> list[Execution]:
        return [
            each for each in self.running() if each.state not in {"AcquireLease", "RestoreVersion"} or each.invocation
        ]

    def waiting_for_lease(self) -> list[Execution]:
        return [each for each in self.running() if each.waits and each.state == "AcquireLease"]

    def asking(self) -> list[Execution]:
        return [each for each in self.running() if each.state == "AcquireLease" and each.invocation]

    def everybody(self) -> list[Execution | Invocation]:
        waiting = self.waiting_for_lease()
        return [*(each for each in self.running() if each not in waiting), *self.world.others]

    def under_way(self) -> list[Execution | Invocation]:
        return [each for each in self.everybody() if isinstance(each, Invocation) or each.invocation]

    def step(self, who: Execution | Invocation) -> None:
        self.world.step(who)
        self.check()

    def check(self) -> None:
        self.is_broken = True
        self.promises.verdict_was_given()
        self.promises.check()
        self.is_broken = False

    def until(self, who: Execution | Invocation, state: str = "", call: str = "") -> None:
        """Go on until it is in a state, or suspended before a call; or over."""
        while who in self.everybody():
            invocation = who if isinstance(who, Invocation) else who.invocation
            if invocation and not invocation.is_over and call and call in invocation.at:
                return
            if isinstance(who, Execution) and who.state == state:
                return
            self.step(who)

    def settle(self) -> None:
        """All go on, all events are delivered, and the schedule comes once more."""
        is_scheduled = False
        while self.everybody() or self.world.events or not is_scheduled:
            while everybody := self.everybody():
                self.step(everybody[self.next])
            if self.world.events:
                self.world.repair(self.world.events.pop())
            elif not is_scheduled:
                is_scheduled = True
                self.world.repair(SCHEDULED)
        self.promises.settled()

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.settle()
        finally:
            self.world.finish()
            self.patch.undo()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(logger.name), "disabled", True)


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
    there.begin("everything", settles_late_ones_first=False)
    yield there
    there.teardown()


@pytest.fixture
def new_target() -> Iterator[AnyInterleaving]:
    """One without an alias, which the first deployment creates."""
    there = AnyInterleaving()
    there.begin("nothing", settles_late_ones_first=False)
    yield there
    there.teardown()


def test_a_lease_whose_dead_holder_has_moved_the_alias_is_not_passed_on(target: AnyInterleaving) -> None:
    stopped = target.deploy(*target.new_release())
    target.until(stopped, "InspectTarget")
    slow = target.world.others[-1]
    target.until(stopped, "Bake")
    target.world.end(stopped, "ABORTED")
    target.world.die(slow, for_good=True)
    next_one = target.deploy(*target.new_release())
    target.until(next_one, "InspectTarget")
    assert target.promises.lease.is_held_by(stopped.arn, 1)


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
    target.world.end(first, "ABORTED")
    second = target.world.roll_back()
    target.until(second)
    assert target.world.alias.current == Routing("2")
    assert target.promises.is_in_quarantine(deployment.digest)


def test_a_shift_under_way_while_its_deployment_is_stopped_and_repaired_writes_nothing(target: AnyInterleaving) -> None:
    deployment = target.deploy(*target.new_release())
    target.until(deployment, call="writing the alias")
    target.world.end(deployment, "ABORTED")
    late = target.world.others[-1]
    target.until(target.world.repair(target.world.events.pop()))
    assert target.promises.lease.holder is None
    target.until(late)
    assert target.world.alias.current == Routing("2")


def test_a_repair_that_was_overtaken_writes_nothing_into_the_next_deployment(target: AnyInterleaving) -> None:
    dead = target.deploy(*target.new_release())
    target.until(dead, "Bake")
    target.world.end(dead, "ABORTED")
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
    target.world.end(rollback, "ABORTED")
    late = target.world.others[-1]
    target.until(target.world.repair(SCHEDULED))
    next_one = target.deploy(*target.new_release(), weights=[])
    target.until(next_one)
    target.until(late)
    assert target.world.alias.current == Routing(next_one.variables["canary"])


def test_what_a_person_routed_to_stays_when_a_deployment_dies_before_it_noted_a_way_back(
    target: AnyInterleaving,
) -> None:
    release, started_at = target.new_release()
    first = target.deploy(release, started_at)
    target.until(first, "Bake")
    target.world.end(first, "ABORTED")
    target.until(target.world.repair(target.world.events.pop()))
    target.world.alias.somebody_makes_it(Routing("3"))
    again = target.deploy(release, target.world.now())
    target.until(again, "InspectTarget")
    target.world.end(again, "ABORTED")
    target.until(target.world.repair(target.world.events.pop()))
    assert target.world.alias.current == Routing("3")


def test_a_late_try_to_get_the_lease_does_not_take_the_place_of_the_one_that_waits(target: AnyInterleaving) -> None:
    holder = target.deploy(*target.new_release())
    target.until(holder, "Bake")
    waiter = target.deploy(*target.new_release())
    target.until(waiter, call="writing")
    target.world.lose_answer(waiter)
    late = target.world.others[-1]
    while not waiter.waits:
        target.step(waiter)
    target.until(late)
    target.until(holder)
    assert waiter.state == "InspectTarget"


@pytest.mark.parametrize("state", ["PublishVersion", "CompleteDeployment", "RecordRelease"])
def test_a_first_deployment_that_fails_late_is_live_as_the_ledger_says(new_target: AnyInterleaving, state: str) -> None:
    deployment = new_target.deploy(*new_target.new_release())
    new_target.until(deployment, state)
    new_target.step(deployment)
    while new_target.world.alias.current is None:
        new_target.step(deployment)
    new_target.world.die(deployment, for_good=True)
    new_target.until(deployment)
    new_target.until(new_target.world.repair(new_target.world.events.pop()))
    live = Ledger.from_env().live_on("cowsay", "prod", TARGET)
    assert live
    assert (live.current.version, new_target.world.alias.current) == ("1", Routing("1"))


def test_what_a_repair_has_told_is_not_told_again_when_it_dies_before_it_gives_the_lease_back(
    target: AnyInterleaving,
) -> None:
    dead = target.deploy(*target.new_release())
    target.until(dead, "Bake")
    target.world.end(dead, "ABORTED")
    repair = target.world.repair(target.world.events.pop())
    while dead.arn not in target.world.noted:
        target.step(repair)
    target.world.die(repair, for_good=True)
    assert target.promises.lease.holder
    target.until(target.world.repair(SCHEDULED))
    assert target.world.told == [dead.arn]
