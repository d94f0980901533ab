"""What may happen at one target, rule by rule. Hypothesis chooses what, and in which order."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gantry.handlers import entry
from gantry.promotion.quarantine import QuarantineRelease
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from tests.unit.handlers.payloads import ROLE, release_input, with_role
from tests.unit.handlers.promises import Promises
from tests.unit.handlers.records import digest_of, live, record_live, release_of
from tests.unit.handlers.runs import Run
from tests.unit.handlers.suspended import Invocation
from tests.unit.handlers.world import World

STEPS = st.sampled_from([1, 2, 3, 4, 6, 9])
BUSY = 4
LONGEST = 5000
"""Many more calls than all that can be under way make to come to their end."""
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
        self.patch.setattr(entry, "services", lambda: self.world.services)
        self.promises = Promises(self.world)
        self.is_broken = False
        self.pushed: list[tuple[dict[str, Any], str]] = []
        self.numbers = count(3)

    @initialize(
        known=BEGINNINGS, settles_late_ones_first=st.booleans(), is_slow=st.booleans(), takes_looks=st.integers(0, 1)
    )
    def begin(
        self, known: str, settles_late_ones_first: bool = False, is_slow: bool = False, takes_looks: int = 0
    ) -> None:
        self.next = -1 if settles_late_ones_first else 0
        self.world.machines.is_slow = is_slow
        self.world.function.takes_looks = takes_looks
        if known == "nothing":
            self.promises.is_new = True
            self.world.function.target = with_role(ROLE)
            return
        for number in (1, 2):
            self.world.function.deployed(digest_of(number), LambdaConfiguration(128, 3, 512, {}, [], None, [], ""))
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
        return release_input(release_of(next(self.numbers))), self.world.now()

    def deploy(
        self, release: dict[str, Any], started_at: str, health: str = "healthy", weights: Sequence[int] = (10,)
    ) -> Run:
        plan = [{"weight": each, "bake_seconds": 1} for each in weights]
        return self.world.deploy(release, started_at, health, plan=plan)

    @precondition(lambda self: self.is_calm() and self.pushed and self.promises.live)
    @rule(version=st.sampled_from([None, None, None, "1", "2", "3", "4"]))
    def roll_back(self, version: str | None) -> None:
        self.world.roll_back(**({"version": version} if version else {}))

    @precondition(lambda self: self.begun())
    @rule(which=WHICH, status=st.sampled_from(["ABORTED", "TIMED_OUT"]))
    def stop(self, which: int, status: str) -> None:
        self.world.machines.end(self.begun()[which % len(self.begun())], status)

    @precondition(lambda self: self.running())
    @rule(which=WHICH, call=st.sampled_from(["alias: ", "alias: ", "writing"]), what=MEANWHILE)
    def interrupt_a_write(self, which: int, call: str, what: str) -> None:
        """The write is made later, or never."""
        who = self.running()[which % len(self.running())]
        self.until(who, call=call)
        if what == "rollback":
            self.until(self.world.roll_back())
        elif who.is_running:
            self.world.machines.end(who, "ABORTED")
        if what == "repair":
            self.until(self.world.repair(SCHEDULED))

    @precondition(lambda self: self.promises.stays_back)
    @rule(which=WHICH)
    def release_from_quarantine(self, which: int) -> None:
        digest = sorted(self.promises.stays_back)[which % len(self.promises.stays_back)]
        if self.promises.is_in_quarantine(digest):
            released = QuarantineRelease(self.world.now(), "fine", "arn", "bob")
            self.world.services.quarantines.release("cowsay", digest, released)
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
            state = who.state if isinstance(who, Run) else ""
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
        self.world.machines.lose_answer(self.asking()[which % len(self.asking())])

    @precondition(lambda self: self.waiting_for_lease())
    @rule(which=WHICH)
    def wait_too_long(self, which: int) -> None:
        waiting = self.waiting_for_lease()
        self.world.machines.time_is_up(waiting[which % len(waiting)])

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

    @precondition(lambda self: self.world.machines.not_known_to_have_ended)
    @rule()
    def step_functions_catches_up(self) -> None:
        self.world.machines.not_known_to_have_ended.clear()

    @precondition(lambda self: self.is_calm() and self.world.machines.executions)
    @rule()
    def repair_as_scheduled(self) -> None:
        self.world.repair(SCHEDULED)

    # Who there is.

    def running(self) -> list[Run]:
        return [each for each in self.world.machines.executions.values() if each.is_running]

    def is_calm(self) -> bool:
        """Whether few things happen at once, so that something comes of them."""
        return len(self.running()) + len(self.world.machines.abandoned) < BUSY

    def begun(self) -> list[Run]:
        return [
            each for each in self.running() if each.state not in {"AcquireLease", "RestoreVersion"} or each.invocation
        ]

    def waiting_for_lease(self) -> list[Run]:
        return [each for each in self.running() if each.waits and each.state == "AcquireLease"]

    def asking(self) -> list[Run]:
        return [each for each in self.running() if each.state == "AcquireLease" and each.invocation]

    def everybody(self) -> list[Run | Invocation]:
        waiting = self.waiting_for_lease()
        return [*(each for each in self.running() if each not in waiting), *self.world.machines.abandoned]

    def under_way(self) -> list[Run | Invocation]:
        return [each for each in self.everybody() if isinstance(each, Invocation) or each.invocation]

    def step(self, who: Run | Invocation) -> None:
        self.world.step(who)
        self.check()

    def check(self) -> None:
        self.is_broken = True
        self.promises.check()
        self.is_broken = False

    def until(self, who: Run | Invocation, state: str = "", call: str = "") -> None:
        """Go on until it is in a state, or suspended before a call; or over."""
        while who in self.everybody():
            invocation = who if isinstance(who, Invocation) else who.invocation
            if invocation and not invocation.is_over and call and call in invocation.at:
                return
            if isinstance(who, Run) and who.state == state:
                return
            self.step(who)

    def settle(self) -> None:
        """All go on, all events are delivered, and the schedule comes once more."""
        is_scheduled, steps = False, 0
        while self.everybody() or self.world.events or not is_scheduled:
            while everybody := self.everybody():
                self.step(everybody[self.next])
                steps += 1
                assert steps < LONGEST, f"{everybody[self.next]} goes on for ever"
            if self.world.events:
                self.world.repair(self.world.events.pop())
            elif not is_scheduled:
                is_scheduled = True
                self.world.machines.is_slow = False
                self.world.machines.not_known_to_have_ended.clear()
                self.world.repair(SCHEDULED)
        self.promises.settled()

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.settle()
        finally:
            self.world.finish()
            self.patch.undo()
