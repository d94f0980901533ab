"""`make chaos`: what becomes of a target when a task of a deployment or a rollback goes wrong, on the deployed stack.

Every task of the two machines, as they are deployed, meets every fault, so that a new state is in it without anybody
remembering. At the end of each case the alias routes to one version, which one is said beforehand; nobody holds its
lease or waits for it; the ledger says what the alias does; and people were told once of what did not make it.
"""

import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.driver.inbox import Inbox, of_topic
from sandbox.driver.pipeline import NotSeenError, Pipeline, eventually
from sandbox.driver.registry import Registry
from sandbox.stand_in.accounts import ASSETS, PROD, REGION
from sandbox.stand_in.faults import Fault, Faults, killed, pauses, raises, throttled, times_out
from sandbox.stand_in.process import StandIn
from sandbox.stories.races import many_services, one_service

Json = dict[str, Any]

SERVICE = "cowsay-chaos"
FAULTS = ("raises", "times out", "killed once", "killed", "throttled", "stopped", "machine timed out")
"""`killed once` is made up for by a retry; the others last until the machine gives up, or end it from outside."""
_PLANTED: Mapping[str, tuple[Fault, int | None]] = {
    "raises": (raises("UnforeseenError"), None),
    "times out": (times_out(), None),
    "killed once": (killed(), 1),
    "killed": (killed(), None),
    "throttled": (throttled(), None),
    "stopped": (pauses(60), None),
    "machine timed out": (pauses(60), None),
}
_BEFORE_ITS_WORK = {"raises", "times out", "throttled"}
_MACHINE_SECONDS = 25
"""How long a machine may run that is to time out: long enough to reach any task, on a busy machine too."""
_SECONDS = 240
_ANOTHER_NOTICE_SECONDS = 2
"""For a notice too many, which would come from the repair and after the rest."""
_AT_A_TIME = 6
"""Each has processes of its own for most functions, and a cold start takes a second of a core."""
_TIME_SCALE = 0.02
_APP = "def handler(event, context):\n    return {'case': %r}\n"


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a deployed machine."""

    machine: str
    """`Deployment` or `Rollback`."""
    state: str
    function: str
    """The name of the function behind it."""
    is_on_the_way: bool
    """Whether the machine comes there when nothing goes wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One task that meets one fault."""

    task: Task
    fault: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.task.machine} {self.task.state}: {self.fault}"

    @property
    def version(self) -> str:
        """Where the alias has to route to at the end.

        A deployment goes from version 1 to version 2. A rollback is started while version 3 is the canary beside
        version 2, and brings back version 2; where it could not even begin, version 3 goes on and is released.
        """
        if self.task.machine == "Rollback":
            return "3" if self.task.state == "RestoreVersion" and self.fault in _BEFORE_ITS_WORK else "2"
        if not self.task.is_on_the_way:
            return "1"
        is_recorded = self.task.state == "RecordRelease" and self.fault not in _BEFORE_ITS_WORK
        return "2" if is_recorded or self.fault == "killed once" else "1"


@dataclass(frozen=True, slots=True)
class Result:
    """How a case ended."""

    case: Case
    status: str
    routing: str
    broken: tuple[str, ...]
    """What should not be so; empty when all is well."""

    def __str__(self) -> str:
        """A cell of the table."""
        return f"{self.status.lower()} → {self.routing}{' ✘' if self.broken else ''}"


def tasks(pipeline: Pipeline) -> list[Task]:
    """The tasks of the deployment and the rollback machine, as they are deployed."""
    found = []
    for machine in ("Deployment", "Rollback"):
        definition = definition_of(pipeline, machine)
        on_the_way = set(_on_the_way(definition))
        for name, state in _states(definition):
            if state["Type"] == "Task":
                function = state["Arguments"]["FunctionName"].split(":")[6]
                found.append(Task(machine, name, function, name in on_the_way))
    return found


def cases(pipeline: Pipeline) -> list[Case]:
    """The whole matrix."""
    return [Case(task, fault) for task in tasks(pipeline) for fault in FAULTS]


def definition_of(pipeline: Pipeline, machine: str) -> Json:
    """The definition of a deployed machine."""
    arn = pipeline.outputs[f"{machine}MachineArn"]
    found = pipeline.stand_in.client("stepfunctions", ASSETS).describe_state_machine(stateMachineArn=arn)
    definition: Json = json.loads(found["definition"])
    return definition


def _states(machine: Json) -> Iterator[tuple[str, Json]]:
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _on_the_way(machine: Json) -> Iterator[str]:
    """The states that are reached without a `Catch`."""
    seen, ahead = set(), [machine["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        state = machine["States"][name]
        choices = [choice["Next"] for choice in state.get("Choices", [])]
        ahead += [each for each in (state.get("Next"), state.get("Default"), *choices) if each]
        if "ItemProcessor" in state:
            yield from _on_the_way(state["ItemProcessor"])


@dataclass
class Chaos:
    """Runs cases on a deployed pipeline, any number of them at a time."""

    pipeline: Pipeline
    people: Inbox
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def run_all(self, of: Iterable[Case]) -> Iterator[Result]:
        """Run cases side by side, on a pipeline whose repair waits for no schedule: what repairs is the event."""
        self._prepare()
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            yield from pool.map(self._run, of)

    def _run(self, case: Case) -> Result:
        """Bring a target into the case, and look at what became of it."""
        target = _Target(self, f"{SERVICE}-{next(self._numbers):04}")
        try:
            execution = _deployment(case, target) if case.task.machine == "Deployment" else _rollback(case, target)
            status = str(self.pipeline.wait(execution, _SECONDS)["status"])
            broken = target.settled(execution, case.version, is_told=_is_told(case, status))
            if not target.faults.hits(target.name):
                broken = (*broken, "the fault did not happen")
        except NotSeenError as error:
            return Result(case, "unknown", "?", (str(error),))
        finally:
            target.faults.clear(target.name)
        return Result(case, status, target.routing(), broken)

    def _prepare(self) -> None:
        """The repository and the execution role that all cases share."""
        self.pipeline.disable("RepairSchedule")
        self.pipeline.add_repository(SERVICE)
        self.pipeline.add_role(SERVICE, PROD)

    def start(self, machine: str, value: Json, seconds: int | None = None) -> str:
        """Start an execution; one whose machine may run only so many `seconds`, which it has from its start."""
        with self._starting:
            if seconds is None:
                return self.pipeline.start(machine, value)
            sfn, arn = (
                self.pipeline.stand_in.client("stepfunctions", ASSETS),
                self.pipeline.outputs[f"{machine}MachineArn"],
            )
            definition = definition_of(self.pipeline, machine)
            sfn.update_state_machine(
                stateMachineArn=arn, definition=json.dumps(definition | {"TimeoutSeconds": seconds})
            )
            try:
                return self.pipeline.start(machine, value)
            finally:
                sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))


def _is_told(case: Case, status: str) -> bool:
    """People are told of each rollback, and of each deployment that did not make it."""
    return case.task.machine == "Rollback" or status != "SUCCEEDED"


def _deployment(case: Case, target: "_Target") -> str:
    target.releases("1")
    if not case.task.is_on_the_way:
        target.faults.inject(target.functions["JudgeCanary"], raises("CanaryUnhealthyError"), f'"{target.name}"')
    target.plants(case)
    bake_seconds = 60 if case.task.state == "Bake" and case.fault != "killed once" else 3
    return target.ends(case, target.start_deployment("2", bake_seconds, _limit(case)))


def _rollback(case: Case, target: "_Target") -> str:
    target.releases("1", "2")
    target.start_deployment("3", bake_seconds=20)
    eventually("the canary", lambda: "3" in target.routing() or None)
    target.plants(case)
    wish = {"service": SERVICE, "environment": target.name}
    return target.ends(case, target.chaos.start("Rollback", wish, _limit(case)))


def _limit(case: Case) -> int | None:
    return _MACHINE_SECONDS if case.fault == "machine timed out" else None


@dataclass
class _Target:
    """A function of its own, in an environment of its own, so that cases do not get in each other's way."""

    chaos: Chaos
    name: str

    @property
    def pipeline(self) -> Pipeline:
        return self.chaos.pipeline

    @cached_property
    def faults(self) -> Faults:
        return Faults(self.pipeline.stand_in)

    @cached_property
    def functions(self) -> Mapping[str, str]:
        return {task.state: task.function for task in tasks(self.pipeline)}

    def releases(self, *versions: str) -> None:
        """Deploy these, one after the other, undisturbed."""
        for version in versions:
            ended = self.pipeline.wait(self.start_deployment(version), _SECONDS)
            if ended["status"] != "SUCCEEDED":
                raise NotSeenError(f"version {version} was not released: {ended.get('cause')}")

    def plants(self, case: Case) -> None:
        fault, times = _PLANTED[case.fault]
        self.faults.inject(case.task.function, fault, self.name, times)

    def start_deployment(self, version: str, bake_seconds: int = 0, seconds: int | None = None) -> str:
        """Deploy an image that nobody else has; without a bake all at once."""
        ecr = Registry(self.pipeline.stand_in.client("ecr", ASSETS))
        digest = ecr.push(SERVICE, None, {"app.py": _APP % f"{self.name} {version}"})
        role = f"arn:aws:iam::{PROD}:role/{SERVICE}"
        target = {"account": PROD, "region": REGION, "function": self.name, "alias": "live", "role": role}
        configuration = {"memory_mb": 256, "timeout_seconds": 10, "ephemeral_storage_mb": None}
        value = {
            "release": {"service": SERVICE, "image_digest": digest, "manifest_revision": version, "tag": version},
            "environment": self.name,
            "target": target,
            "architecture": self.pipeline.architecture,
            "configuration": configuration | {"environment": {}, "command": None, "role": None},
            "plan": [{"weight": 50, "bake_seconds": bake_seconds}] if bake_seconds else [],
            "alarms": [],
            "minimum_invocations": 0,
        }
        return self.chaos.start("Deployment", value, seconds)

    def ends(self, case: Case, execution: str) -> str:
        """See to it that an execution ends from outside, if that is the case."""
        if case.fault == "stopped":
            eventually("a task that has done its work", lambda: self.faults.held(self.name) or None, _SECONDS)
            sfn = self.pipeline.stand_in.client("stepfunctions", ASSETS)
            sfn.stop_execution(executionArn=execution, error="Operator", cause="somebody pressed Stop execution")
        return execution

    def routing(self) -> str:
        """What the alias routes to, for people."""
        found = self.pipeline.routing(PROD, self.name)
        return str(found["version"]) + "".join(f" and {version}" for version in found["weights"])

    def settled(self, execution: str, version: str, *, is_told: bool) -> tuple[str, ...]:
        """What is still not as it has to be, after the time that the repair may take."""
        checks: Mapping[str, Callable[[], bool]] = {
            f"the alias does not route to version {version}": lambda: self.routing() == version,
            "somebody holds the lease or waits for it": self._is_free,
            "the ledger and the alias disagree": lambda: self._live() == self.routing(),
            "people were not told": lambda: not is_told or bool(self._told(execution)),
        }
        deadline = time.monotonic() + _SECONDS / 2
        while (broken := [what for what, holds in checks.items() if not holds()]) and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(_ANOTHER_NOTICE_SECONDS)
        told = len(self._told(execution))
        return (*broken, *([f"people were told {told} times"] if told > is_told else []))

    def _is_free(self) -> bool:
        (lease,) = [item for item in self.pipeline.ledger("lease") if item["sk"].split("/")[2] == self.name]
        return not ({"holder"} & lease.keys() or lease["waiting"] or lease["called"])

    def _live(self) -> str:
        items = self.pipeline.ledger(f"service#{SERVICE}")
        (live,) = [item for item in items if item["sk"].startswith(f"live#{self.name}#")]
        return str(live["current"]["version"])

    def _told(self, execution: str) -> list[Json]:
        return self.chaos.people.all(lambda message: f"Execution: {execution}" in message["Message"])


def _table(results: Iterable[Result]) -> str:
    """A row for each task, a column for each fault."""
    cells = {(result.case.task, result.case.fault): str(result) for result in results}
    rows = [["", *FAULTS]]
    rows += [
        [f"{task.machine} {task.state}", *(cells[task, fault] for fault in FAULTS)]
        for task in dict.fromkeys(task for task, _ in cells)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> int:
    """Run the whole matrix and the races; 1 when something did not end as it has to."""
    started = time.monotonic()
    with StandIn(time_scale=_TIME_SCALE) as stand_in:
        pipeline = Pipeline.deploy(stand_in, print)
        chaos = Chaos(pipeline, of_topic(stand_in, pipeline.outputs["NotificationTopicArn"]))
        matrix = cases(pipeline)
        print(f"{len(matrix)} cases", flush=True)
        results = []
        for result in chaos.run_all(matrix):
            results.append(result)
            print(f"{time.monotonic() - started:5.0f} s  {result.case}: {result}", flush=True)
        races = [one_service(pipeline), many_services(pipeline)]
    print(f"\nHow the execution ended, and which version the alias routes to:\n\n{_table(results)}\n")
    for result in results:
        for what in result.broken:
            print(f"✘ {result.case}: {what}")
    for what, race in zip(("one service", "fifty services"), races, strict=True):
        print(f"{what}: {race}")
        for problem in race.broken:
            print(f"✘ {what}: {problem}")
    broken = sum(bool(result.broken) for result in results)
    print(f"{len(results) - broken} of {len(results)} cases ended in the state that is known beforehand.")
    return 1 if broken or any(race.broken for race in races) else 0


if __name__ == "__main__":
    sys.exit(main())
