"""The machines with a kind whose service takes the steps itself, and needs minutes for each.

The definitions and the handlers are the real ones. Nobody waits: the clock is ahead by as long as tasks have waited.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.deployment_machine import judge_canary, shift_traffic
from gantry.handlers.event_rules import on_alarm, on_target_event, repair_target
from gantry.promotion.judge.rollout_limits import LONGEST_MOVE, LONGEST_START, MOST_ENDED_EARLY
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment
from gantry.promotion.traffic import Routing
from gantry.promotion.unfinished import RepairIncompleteError
from gantry.targets import registry
from gantry.targets.registry import RegisteredKinds
from tests.unit.asl.execution import Execution
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import Said, invoke
from tests.unit.handlers.pushes import push
from tests.unit.handlers.records import digest_of
from tests.unit.handlers.whole_machines import WholeMachines
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.service import MemoryService
from tests.unit.targets.walking.kind import Walk, WalkingKind
from tests.unit.targets.walking.schema import SCHEMA

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket", "told", "mailed"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

MANIFEST = """\
repository: cowsay
versioning: git-sha
environments:
  - name: prod
    targets: [{kind: walking, account: "444444444444", region: us-east-1, pool: barn, name: cowsay, create: true}]
    alarms: [cowsay-errors]
"""
STEPS = "    traffic: [{weight: 10, bake: 5m}, {weight: 20, bake: 5m}]\n"
TARGET: Target = SCHEMA.target(
    {"account": "444444444444", "region": "us-east-1", "pool": "barn", "name": "cowsay", "create": True}
)
PAUSED = {
    "resources": [f"{TARGET.arn}/deployment"],
    "detail": {"eventName": "HOOK_AWAITING_ACTION", "serviceArn": TARGET.arn},
}
ALARMED = {
    "account": TARGET.account,
    "region": TARGET.region,
    "detail": {
        "alarmName": "cowsay-errors",
        "state": {"value": "ALARM", "reason": "3 errors", "timestamp": "2998-11-22T10:00:00.000+0000"},
        "previousState": {"value": "OK"},
    },
}


class Walking:
    """The machines, the service, and what a test does to them."""

    def __init__(self, machines: WholeMachines, kind: WalkingKind, workloads: Workloads) -> None:
        self.machines, self.kind, self._workloads = machines, kind, workloads

    def promote(self, number: int, until: Callable[[Execution], bool] = lambda _: False) -> Execution:
        self._workloads.images.push("cowsay", f"abcdef{number}", digest_of(number))
        self.machines.entered.clear()
        return self.machines.run("promotion", push(f"abcdef{number}", digest_of(number)), until)

    def count(self, state: str) -> int:
        """How often a state was entered or tried since the last release was pushed."""
        return self.machines.entered.count(state)

    @property
    def walk(self) -> Walk:
        """The last rollout."""
        return self.kind.walks[TARGET.id][-1]

    def live(self) -> str:
        """The digest that has all traffic, which is also what the ledger calls live; nobody holds the lease."""
        found = self.machines.service.targets[TARGET.id]
        (live,) = entry.services().ledger.live("cowsay", "prod")
        assert found.traffic[-1].routing == Routing(live.current.revision)
        assert entry.services().leases.get(TARGET).holder is None
        assert self.kind.walk(TARGET) is None
        return live.current.digest

    def while_in(self, state: str, do: Callable[[], Any], *, after: int = 0) -> None:
        """Do something while a state waits the next time, or after so many waits."""
        waits = iter(range(after + 1))

        def meanwhile(run: Execution) -> None:
            if run.state == state and next(waits, None) == after:
                do()

        self.machines.meanwhile = meanwhile


@pytest.fixture
def walking(workloads: Workloads, monkeypatch: pytest.MonkeyPatch) -> Walking:
    """A target on its first release, whose service needs three looks for everything."""
    service = MemoryService()
    machines, kind = WholeMachines(service), WalkingKind(service, looks=3)
    monkeypatch.setitem(registry.KINDS, "walking", "tests.unit.targets.walking")
    vars(entry.services()).update(kinds=RegisteredKinds({"walking": lambda: kind}), executions=machines)
    workloads.alarms(TARGET).now["cowsay-errors"] = "OK"
    there = Walking(machines, kind, workloads)
    upload(MANIFEST + STEPS)
    first = there.promote(1)
    assert first.status == "SUCCEEDED", first.cause
    return there


def quarantined() -> bool:
    return entry.services().quarantines.get("cowsay", digest_of(2)) is not None


def cause(run: Execution) -> str:
    assert run.status == "FAILED"
    return str(run.cause)


def test_each_step_and_the_end_are_waited_for_by_states_of_their_own(walking: Walking) -> None:
    run = walking.promote(2)

    assert run.status == "SUCCEEDED", run.cause
    assert walking.live() == digest_of(2)
    assert walking.walk.told == {0.0, 10.0, 20.0, 100.0}
    for waits, looks, steps in (("AwaitShift", "ShiftTraffic", 2), ("AwaitCompletion", "CompleteDeployment", 1)):
        assert walking.count(waits) > steps
        assert walking.count(looks) == walking.count(waits) + steps, "each wait is followed by one look"


def times_of(module: Any, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """What a state is sent, each time."""
    sent: list[Mapping[str, Any]] = []
    real = module.handler

    def handler(event: dict[str, Any], context: Any) -> Any:
        sent.append(event)
        return real(event, context)

    monkeypatch.setattr(module, "handler", handler)
    return sent


@pytest.mark.parametrize("looks", [3, 7])
def test_a_slow_start_takes_nothing_from_the_bake_of_a_step(
    walking: Walking, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    walking.kind.looks = looks
    shifts, looked = times_of(shift_traffic, monkeypatch), times_of(judge_canary, monkeypatch)

    assert walking.promote(2).status == "SUCCEEDED"

    for index in (0, 1):
        last_shift = max(each["entered_at"] for each in shifts if each["index"] == index)
        judged = [each for each in looked if each["index"] == index]
        assert {each["shifted_at"] for each in judged} == {last_shift}, (
            "when it was entered that found the traffic there"
        )
        assert moment(judged[-1]["entered_at"]) - moment(last_shift) >= timedelta(minutes=5)


def test_an_event_of_the_service_ends_the_wait_and_the_next_look_comes_soon(walking: Walking) -> None:
    lengths: list[tuple[str, int]] = []

    def meanwhile(run: Execution) -> None:
        if run.state == "AwaitShift":
            lengths.append((run.state, run.seconds))
            if len(lengths) == 2:
                assert invoke(on_target_event.handler, PAUSED) == {"ended": 1}

    walking.machines.meanwhile = meanwhile
    assert walking.promote(2).status == "SUCCEEDED"

    assert [seconds for _, seconds in lengths][:4] == [10, 60, 10, 60], "soon after it began, and after the event"


def test_a_storm_of_events_makes_no_storm_of_looks(walking: Walking) -> None:
    heard: list[int] = []

    def meanwhile(run: Execution) -> None:
        if run.state == "AwaitShift" and run.variables.get("index") is None:
            heard.append(invoke(on_target_event.handler, PAUSED)["ended"])

    walking.kind.looks = 20
    walking.machines.meanwhile = meanwhile
    walking.promote(2)

    first_step = heard[: heard.index(0)]
    assert first_step == [1] * MOST_ENDED_EARLY


def test_events_of_another_service_or_of_nothing_that_waits_end_nothing(walking: Walking) -> None:
    other = {"resources": [f"{TARGET.arn}-other"], "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}}
    ended: list[Any] = []
    walking.while_in("AwaitShift", lambda: ended.append(invoke(on_target_event.handler, other)))

    assert walking.promote(2).status == "SUCCEEDED"

    assert ended == [{"ended": 0}]
    assert invoke(on_target_event.handler, PAUSED) == {"ended": 0}


def test_a_bake_is_not_ended_by_events(walking: Walking) -> None:
    ended: list[Any] = []
    walking.while_in("Bake", lambda: ended.append(invoke(on_target_event.handler, PAUSED)))

    assert walking.promote(2).status == "SUCCEEDED"

    assert ended == [{"ended": 0}]


@pytest.mark.parametrize(("because_of_alarm", "error"), [(True, "AlarmRaisedError"), (False, "TargetFailedError")])
@pytest.mark.parametrize("is_back", [True, False], ids=["is back", "goes back"])
@pytest.mark.parametrize("state", ["AwaitShift", "Bake", "AwaitCompletion"])
def test_a_service_that_goes_back_by_itself_is_never_called_a_success(
    walking: Walking, state: str, *, is_back: bool, because_of_alarm: bool, error: str
) -> None:
    alarm = because_of_alarm
    walking.while_in(state, lambda: walking.kind.go_back_alone(TARGET, because_of_alarm=alarm, is_back=is_back))

    run = walking.promote(2)

    assert f"{error}: {TARGET.id}: the service went back by itself" in cause(run)
    assert walking.live() == digest_of(1)
    assert quarantined() == because_of_alarm, "an alarm is a verdict, and going back alone is none"
    assert len(walking.kind.walks[TARGET.id]) == 1, "the rollout was not begun anew"


def test_a_step_that_nobody_told_the_service_to_take_ends_the_rollout(walking: Walking) -> None:
    def step() -> None:
        walking.walk.weight = 20.0

    walking.while_in("Bake", step)

    run = walking.promote(2)

    assert "TargetFailedError" in cause(run)
    assert "a step that nobody told it to take" in cause(run)
    assert walking.live() == digest_of(1)


@pytest.mark.parametrize("state", ["AwaitShift", "AwaitCompletion"])
def test_an_alarm_ends_the_wait_and_is_a_verdict(walking: Walking, state: str) -> None:
    walking.while_in(state, lambda: invoke(on_alarm.handler, ALARMED), after=1)

    run = walking.promote(2)

    assert "AlarmRaisedError" in cause(run)
    assert walking.live() == digest_of(1)
    assert quarantined()


def test_an_alarm_before_the_first_wait_is_not_lost(walking: Walking, workloads: Workloads) -> None:
    workloads.alarms(TARGET).went_off["cowsay-errors"] = moment(walking.machines.now()) + timedelta(minutes=10)

    assert "AlarmRaisedError" in cause(walking.promote(2))
    assert walking.count("AwaitShift") == 1
    assert quarantined()


def test_a_start_that_takes_too_long_is_given_up_in_words(walking: Walking) -> None:
    walking.kind.looks = 1_000
    began = moment(walking.machines.now())
    gave_up: list[datetime] = []

    def meanwhile(run: Execution) -> None:
        gave_up.append(moment(walking.machines.now()))
        if len(gave_up) > 10:
            walking.kind.looks = 1  # so that it can go back

    walking.machines.meanwhile = meanwhile
    run = walking.promote(2)

    assert "TargetFailedError" in cause(run)
    assert "the service was given 30m for step 1 of the rollout, and it has not come" in cause(run)
    waited = gave_up[-1] + timedelta(seconds=60) - began
    assert timedelta(seconds=LONGEST_START) <= waited <= timedelta(seconds=LONGEST_START + 70)
    assert walking.live() == digest_of(1)
    assert not quarantined(), "nothing was shown to be bad"


def test_a_later_step_is_given_less_time_than_the_start(walking: Walking) -> None:
    def slow_from_now_on() -> None:
        walking.kind.looks = 1_000

    walking.while_in("Bake", slow_from_now_on)

    run = walking.promote(2, lambda run: False)

    assert f"was given {LONGEST_MOVE // 60}m for step 2" in cause(run)


def test_all_at_once_waits_for_the_end_with_the_time_of_a_start_beside_it(walking: Walking) -> None:
    upload(MANIFEST)

    assert walking.promote(2).status == "SUCCEEDED"
    assert walking.live() == digest_of(2)
    assert walking.count("AwaitShift") == 0
    assert walking.count("AwaitCompletion") > 1

    walking.kind.looks = 1_000
    walking.machines.meanwhile = lambda run: setattr(walking.kind, "looks", 1)
    assert "was given 1h for the end of the rollout" in cause(walking.promote(3))
    assert walking.live() == digest_of(2)


def test_all_traffic_that_is_watched_is_one_more_step(walking: Walking) -> None:
    upload(MANIFEST + STEPS + "    bake_after: 10m\n")

    assert walking.promote(2).status == "SUCCEEDED"

    assert walking.live() == digest_of(2)
    assert walking.walk.told == {0.0, 10.0, 20.0, 100.0}


def test_going_back_waits_until_the_service_has_gone_back(walking: Walking) -> None:
    walking.machines.canaries_serve = False
    upload(MANIFEST + STEPS + "    on_inconclusive: roll_back\n    max_bake: 11m\n")

    assert "CanaryInconclusiveError" in cause(walking.promote(2))

    assert walking.count("RollBack") > 3
    assert walking.live() == digest_of(1)


def test_no_step_ends_early_because_the_service_would_bake_on(walking: Walking) -> None:
    upload(MANIFEST + STEPS + "    advance_early: true\n")

    assert walking.promote(2).status == "SUCCEEDED"

    assert walking.count("JudgeCanary") >= 2 * 5


def test_a_persons_rollback_takes_a_rollout_back_that_goes_on(walking: Walking) -> None:
    until_bake: Callable[[Execution], bool] = lambda run: False  # noqa: E731
    rolled_back: list[Execution] = []

    def roll_back() -> None:
        rolled_back.append(walking.machines.run("rollback", {"service": "cowsay", "environment": "prod"}))

    walking.while_in("Bake", roll_back)
    run = walking.promote(2, until_bake)

    assert run.status == "FAILED"
    assert [each.status for each in rolled_back] == ["SUCCEEDED"]
    assert walking.count("RestoreVersion") > 3
    assert walking.live() == digest_of(1)


def test_a_persons_rollback_afterwards_restores_the_version_before(walking: Walking, announced: Said) -> None:
    assert walking.promote(2).status == "SUCCEEDED"
    announced()

    assert walking.machines.run("rollback", {"service": "cowsay", "environment": "prod"}).status == "SUCCEEDED"

    assert walking.live() == digest_of(1)


@pytest.mark.parametrize("state", ["AwaitShift", "Bake", "AwaitCompletion"])
def test_the_repair_takes_back_a_rollout_whose_execution_was_stopped(walking: Walking, state: str) -> None:
    def stop() -> None:
        running = [arn for arn, each in walking.machines.executions.items() if each.is_running]
        (deployment,) = [arn for arn in running if "-deployment:" in arn]
        walking.machines.stop(deployment, "Operator", "somebody pressed Stop execution")

    walking.while_in(state, stop, after=1)
    walking.promote(2)

    for _ in range(walking.kind.looks):
        with pytest.raises(RepairIncompleteError, match="TargetSlowError"):
            invoke(repair_target.handler, {"target": TARGET.id})
    assert invoke(repair_target.handler, {"target": TARGET.id}) == {"repaired": [TARGET.id]}

    assert walking.live() == digest_of(1)
