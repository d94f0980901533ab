"""A small model of Step Functions, with the real handlers in its states, and a world around them.

States, payloads and retries are those of the definitions; what a state assigns is written down here once more. One
step is one call of one handler to AWS, so that handlers can be interleaved at every call, and stopped between two.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from gantry.aws.executions import Ended
from gantry.aws.leases import Leases
from gantry.promotion.errors import GantryError
from gantry.promotion.lease import Lease
from gantry.promotion.target import Target
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.promotion.verdict import AlarmChange
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.fakes import FakeAccounts, FakeAlias
from tests.unit.handlers.memory_table import MemoryTable
from tests.unit.handlers.payloads import ROOT, STATES, TARGET, as_json, deployment_input, invoke, target_input
from tests.unit.handlers.suspended import Invocation, suspend

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
HANDLERS = {
    "AcquireLease": "acquire_lease",
    "InspectTarget": "inspect_target",
    "PublishVersion": "publish_version",
    "ShiftTraffic": "shift_traffic",
    "Bake": "bake",
    "JudgeCanary": "judge_canary",
    "CompleteDeployment": "complete_deployment",
    "RecordRelease": "record_release",
    "RollBack": "roll_back",
    "RecordFailure": "record_failure",
    "RestoreVersion": "restore_version",
    "StopDeployment": "stop_deployment",
    "RecordRollback": "record_rollback",
    "RepairTarget": "repair_target",
}
MODULES = {state: import_module(f"gantry.handlers.{name}") for state, name in HANDLERS.items()}
LEFT_ALONE = {"LeaseLostError": "lost", "NoPreviousRevisionError": "first"}
VERDICTS = {"AlarmRaisedError", "CanaryUnhealthyError", "CanaryWithoutEvidenceError"}


def _definitions() -> Iterator[tuple[str, dict[str, Any]]]:
    for machine in ("deployment", "rollback"):
        states = json.loads((ROOT / "statemachine" / f"{machine}.asl.json").read_text())["States"]
        yield from states.items()
        for state in states.values():
            yield from state.get("ItemProcessor", {"States": {}})["States"].items()


DEFINITIONS = dict(_definitions())
DEPLOYMENT_INPUT = deployment_input()


@dataclass(eq=False)
class Execution:
    """One execution of the deployment or the rollback machine."""

    arn: str
    input: dict[str, Any]
    variables: dict[str, Any]
    """What the definition assigns, and what the context object gives."""
    state: str
    health: str = "healthy"
    """What its canary is judged to be; `alarm` when an alarm ends the first bake."""
    status: str = "RUNNING"
    error: str | None = None
    cause: str | None = None
    ended_at: str = ""
    invocation: Invocation | None = None
    token: str | None = None
    """Of the task that waits; a token of an earlier try is nobody's."""
    waits: bool = False
    tries: Counter[int] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)
    """The errors of its tasks, newest first."""

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def is_deployment(self) -> bool:
        return "-deployment:" in self.arn

    @property
    def digest(self) -> str:
        return str(self.input["release"]["image_digest"])

    def __str__(self) -> str:
        return f"{self.arn.rpartition(':')[2]} in {self.state}"


class Alias(FakeAlias):
    """Suspends whoever reads or writes it; and whoever watches sees each write."""

    watch: Callable[[Routing], None]
    asked: Callable[[], None]
    """Called with each call to write it."""
    answered: Callable[[], None]
    """Called with each of them that was not refused."""

    def routing(self) -> tuple[Routing, str] | None:
        suspend("reading the alias")
        return super().routing()

    def create(self, version: str) -> None:
        suspend(f"creating the alias: {version}")
        self.asked()
        super().create(version)
        self.answered()

    def update(self, routing: Routing, revision_id: str) -> None:
        suspend(f"writing the alias: {routing}")
        self.asked()
        super().update(routing, revision_id)
        self.answered()

    def _write(self, routing: Routing) -> None:
        super()._write(routing)
        self.watch(routing)


class Function(FakeFunction):
    """Suspends whoever changes it."""

    def _write(self, what: str, state: Any) -> None:
        suspend(what)
        super()._write(what, state)

    def publish(self, code_sha256: str, revision_id: str, description: str) -> str:
        suspend("publishing")
        return super().publish(code_sha256, revision_id, description)


class WatchedLeases(Leases):
    """Notes the fencing number that a repair or a rollback takes; nobody sends them one."""

    def change(self, target: Target, change: Callable[[Lease], Lease], *together_with: Any) -> Lease:
        lease = super().change(target, change, *together_with)
        if Invocation.current and Invocation.current.about["state"] in {"RepairTarget", "RestoreVersion"}:
            Invocation.current.about["fence"] = lease.fence
        return lease


class World:
    """Everything that happens, one call at a time."""

    watch_stop: Callable[[str], None]
    """Called with the execution that a handler stops."""

    def __init__(self) -> None:
        self.table = MemoryTable()
        self.alias = Alias(TARGET)
        self.function = Function(TARGET)
        self.executions: dict[str, Execution] = {}
        self.others: list[Invocation] = []
        """Invocations that no state waits for: repairs, and what goes on after its execution was stopped."""
        self.events: list[dict[str, Any]] = []
        """What asks for a repair, until it is delivered."""
        self.lost: set[str] = set()
        """The executions whose events were never delivered."""
        self.told: list[str] = []
        """The executions that people were told of, in order."""
        self.noted: set[str] = set()
        """Those of them of which it is noted too that people know."""
        self.told_again: list[str] = []
        """Those that people were told of by somebody who began after that was noted."""
        self.unexpected: list[str] = []
        """Errors that no handler should raise."""
        self.log: list[str] = []
        self._numbers = count(1)
        self._clock = count(1)

    def now(self) -> str:
        return iso(BEGINNING + timedelta(seconds=next(self._clock)))

    def put_into(self, modules: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the handlers find all this instead of AWS."""
        stand_ins = {
            "ledger_table": lambda: self.table,
            "Alias": SimpleNamespace(of=lambda *_: self.alias),
            "LambdaFunction": SimpleNamespace(of=lambda *_: self.function),
            "Alarms": SimpleNamespace(of=lambda *_: _Alarms()),
            "CanaryMetrics": SimpleNamespace(of=lambda *_: _Metrics()),
            "Accounts": SimpleNamespace(from_env=FakeAccounts),
            "Leases": WatchedLeases,
            "Executions": SimpleNamespace(from_env=lambda: self),
            "Repairs": SimpleNamespace(from_env=lambda: SimpleNamespace(ask_for=self._ask_for)),
            "EventBus": SimpleNamespace(from_env=lambda: SimpleNamespace(announce=lambda *_: None)),
            "Topic": SimpleNamespace(from_env=lambda: SimpleNamespace(tell=self._tell)),
        }
        for module in modules:
            for name in stand_ins.keys() & vars(module).keys():
                monkeypatch.setattr(module, name, stand_ins[name])

    # What the handlers ask of Step Functions.

    def is_running(self, arn: str) -> bool:
        suspend("describing an execution")
        return self.executions[arn].is_running

    def ended(self, arn: str) -> Ended | None:
        suspend("describing an execution")
        found = self.executions[arn]
        if found.is_running:
            return None
        return Ended(arn, found.status, found.ended_at, found.input, found.error, found.cause)

    def errors(self, arn: str) -> Iterator[Mapping[str, Any]]:
        suspend("reading an execution's history")
        return iter(list(self.executions[arn].failures))

    def stop(self, arn: str, error: str, cause: str) -> None:
        suspend("stopping an execution")
        self.watch_stop(arn)
        if self.executions[arn].is_running:
            self.end(self.executions[arn], "ABORTED", error, cause)

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        suspend("answering a task")
        return self._answer(token, lambda execution: self._succeeded(execution, dict(output)))

    def fail(self, token: str, error: str, cause: str) -> bool:
        suspend("answering a task")
        return self._answer(token, lambda execution: self._failed(execution, error, cause))

    def _answer(self, token: str, answer: Callable[[Execution], None]) -> bool:
        found = next((each for each in self.executions.values() if each.token == token and each.is_running), None)
        if found is None:
            return False
        self._leave(found)
        answer(found)
        return True

    def _ask_for(self, target: Any) -> None:
        suspend("asking for a repair")
        self.events.append({"target": target.id})

    def _tell(self, subject: str, message: str) -> None:
        suspend("telling people")
        told, teller = message.rpartition("Execution: ")[2], Invocation.current
        assert teller
        if told in teller.about["noted"]:
            self.told_again.append(told)
        self.told.append(told)
        teller.about["told"] = told

    # What people and time do.

    def deploy(self, release: Mapping[str, Any], started_at: str, health: str, **more: Any) -> Execution:
        """A promotion starts a deployment."""
        execution_input = DEPLOYMENT_INPUT | {"release": dict(release), "promotion_started_at": started_at} | more
        execution_input["target"] = target_input(self.function.target)
        return self._start("deployment", "AcquireLease", execution_input, health)

    def roll_back(self, **wish: str) -> Execution:
        """A person starts a rollback."""
        return self._start("rollback", "RestoreVersion", {"service": "cowsay", "environment": "prod"} | wish, "healthy")

    def repair(self, event: dict[str, Any]) -> Invocation:
        """EventBridge, or who waits, invokes the repair."""
        invocation = self._invoke("RepairTarget", event, None)
        invocation.about["event"] = event
        self.others.append(invocation)
        return invocation

    def end(self, execution: Execution, status: str, error: str | None = None, cause: str | None = None) -> None:
        """Over it is. What it has under way goes on without it."""
        self._leave(execution)
        execution.status, execution.error, execution.cause, execution.ended_at = status, error, cause, self.now()
        self.log.append(f"{execution}: {status} {error or ''}")
        if status != "SUCCEEDED":
            self.events.append({"detail": {"executionArn": execution.arn, "status": status}})

    def step(self, who: Execution | Invocation) -> None:
        """The next call that it makes, or the next state that it enters."""
        if isinstance(who, Invocation):
            self._step(who)
            if who.is_over:
                self.others.remove(who)
                self._note_unexpected(who)
                if who.error and who.about["event"]:
                    self._come_again(who.about["event"])
        elif who.waits:
            self.time_is_up(who)
        elif who.invocation is None:
            self._enter(who)
        elif who.invocation.is_over:
            self._end_of_task(who, who.invocation)
        else:
            self._step(who.invocation)

    def die(self, who: Execution | Invocation, *, for_good: bool) -> None:
        """The function that it runs in dies; for good when all further tries do."""
        if isinstance(who, Invocation):
            self.log.append(f"{who.about['state']} dies before {who.at}")
            who.die()
            self.others.remove(who)
            if event := who.about["event"]:
                self.lose(event) if for_good else self._come_again(event)
        elif who.invocation:
            self.log.append(f"{who}: dies before {who.invocation.at}")
            who.invocation.die()
            if for_good:
                who.tries.update(dict.fromkeys(range(9), 9))
            self._failed(who, "Lambda.Unknown", "the function died")

    def lose_answer(self, execution: Execution) -> None:
        """Step Functions gives up on an invocation, which goes on, and tries again."""
        self.log.append(f"{execution}: the answer is lost")
        self._failed(execution, "Lambda.SdkClientException", "read timed out")

    def under_way(self) -> list[Invocation]:
        """Everything that is suspended somewhere."""
        return [*self.others, *(each.invocation for each in self.executions.values() if each.invocation)]

    def finish(self) -> None:
        """End all threads."""
        for each in self.under_way():
            each.die()

    def _come_again(self, event: dict[str, Any]) -> None:
        """Lambda tries twice more, what was invoked asynchronously."""
        tries = event.get("tries", 0)
        if tries < 2:
            self.events.append(event | {"tries": tries + 1})
        else:
            self.lose(event)

    def lose(self, event: dict[str, Any]) -> None:
        """Nobody will be told by this one; what held no lease is found by nobody else."""
        self.lost.add(event.get("detail", {}).get("executionArn", ""))

    # How executions go on.

    def _start(self, machine: str, state: str, execution_input: dict[str, Any], health: str) -> Execution:
        arn = f"{STATES}:gantry-{machine}:{next(self._numbers)}"
        known = {
            "deployment": execution_input,
            "request": execution_input,
            "execution": arn,
            "started_at": self.now(),
            "entered_at": self.now(),
            "settle_seconds": 90,
        }
        execution = Execution(arn, execution_input, known, state, health)
        self.executions[arn] = execution
        self.log.append(f"{execution}: started")
        return execution

    def _enter(self, execution: Execution) -> None:
        definition = DEFINITIONS[execution.state]
        execution.token = None
        if definition["Resource"].endswith("waitForTaskToken"):
            execution.token = execution.variables["task_token"] = f"token-{next(self._numbers)}"
        known = execution.variables | {"attempt": execution.tries.total()}
        payload = {name: known[name] for name in _sent(definition)}
        execution.invocation = self._invoke(execution.state, payload, execution)

    def _invoke(self, state: str, event: dict[str, Any], execution: Execution | None) -> Invocation:
        handler, given = MODULES[state].handler, as_json(event)
        about = {"state": state, "execution": execution, "event": None, "fence": given.get("fence", 0)}
        about |= {"noted": frozenset(self.noted), "told": None}
        return Invocation(lambda: invoke(handler, given), **about)

    def _step(self, invocation: Invocation) -> None:
        self.log.append(f"{invocation.about['execution'] or ''} {invocation.about['state']}: {invocation.at}")
        invocation.step()
        if invocation.about["told"] and (invocation.is_over or invocation.at != "writing told"):
            self.noted.add(invocation.about["told"])

    def _note_unexpected(self, invocation: Invocation) -> None:
        if invocation.error and not isinstance(invocation.error, GantryError):
            self.unexpected.append(f"{invocation.about['state']}: {invocation.error!r}")

    def _end_of_task(self, execution: Execution, invocation: Invocation) -> None:
        self._note_unexpected(invocation)
        if error := invocation.error:
            name = type(error).__name__
            self._failed(execution, name, json.dumps({"errorType": name, "errorMessage": str(error)}))
        elif execution.token:
            execution.invocation, execution.waits = None, True
        else:
            self._succeeded(execution, invocation.result)

    def _leave(self, execution: Execution) -> None:
        """Nobody waits for what runs in its state any more."""
        if execution.invocation and not execution.invocation.is_over:
            self.others.append(execution.invocation)
        execution.invocation, execution.token, execution.waits = None, None, False

    def time_is_up(self, execution: Execution) -> None:
        """A bake has been long enough, or an alarm ends it. The wait for a lease is endless here."""
        if execution.state == "Bake" and execution.health == "alarm":
            self.fail(str(execution.token), "AlarmRaisedError", "cowsay-errors")
        else:
            self._failed(execution, "States.Timeout", "")

    def _failed(self, execution: Execution, error: str, cause: str) -> None:
        self._leave(execution)
        if error != "States.Timeout":
            execution.failures.insert(0, {"Error": error, "Cause": cause})
        for index, retrier in enumerate(DEFINITIONS[execution.state]["Retry"]):
            if {error, "States.ALL"} & set(retrier["ErrorEquals"]):
                execution.tries[index] += 1
                if execution.tries[index] <= retrier["MaxAttempts"]:
                    return
                break
        self.log.append(f"{execution}: {error} {cause}")
        self._caught(execution, {"Error": error, "Cause": cause})

    def _caught(self, execution: Execution, output: dict[str, str]) -> None:
        state, variables = execution.state, execution.variables
        if state == "Bake" and output["Error"] == "States.Timeout":
            self._next(execution, "JudgeCanary")
        elif state == "JudgeCanary" and output["Error"] == "CanaryInconclusiveError":
            self._next(execution, "Bake", is_extended=True)
        elif state == "AcquireLease":
            self._next(execution, "RecordFailure", fence=0, failure={**output, "alias": "untouched"})
        elif state in {"InspectTarget", "PublishVersion"}:
            is_first = state == "PublishVersion" and variables["stable"] is None
            self._next(execution, "RecordFailure", failure={**output, "alias": "first" if is_first else "untouched"})
        elif state in {"ShiftTraffic", "Bake", "JudgeCanary", "CompleteDeployment", "RecordRelease"}:
            self._next(execution, "RollBack", failure={**output, "alias": "shifted"})
        elif state == "RollBack" and output["Error"] in LEFT_ALONE:
            alias = LEFT_ALONE[output["Error"]]
            self._next(execution, "RecordFailure", failure={**variables["failure"], "alias": alias})
        elif state == "RollBack":
            failure = {**variables["failure"], "alias": "unknown", "rollback": output}
            self._next(execution, "RecordFailure", failure=failure)
        elif state == "RecordFailure":
            self._fail_deployment(execution)
        elif state == "StopDeployment":
            problems = [*variables["problems"], "the deployment in flight was not stopped"]
            self._next(execution, "RecordRollback", stopped=[], problems=problems)
        else:
            self.end(execution, "FAILED", output["Error"], output["Cause"])

    def _succeeded(self, execution: Execution, result: Any) -> None:
        state, known = execution.state, execution.variables
        execution.invocation = None
        if state == "AcquireLease":
            self._next(execution, "InspectTarget", fence=result["fence"])
        elif state == "InspectTarget":
            self._next(execution, "PublishVersion", found=result["found"], stable=result["stable"])
        elif state == "PublishVersion":
            plan = execution.input["plan"] if result["outcome"] == "published" else []
            known |= {"outcome": result["outcome"], "configuration": result["configuration"], "verdicts": []}
            known |= {"canary": result["version"], "plan": plan, "rollout_since": self.now(), "index": 0}
            self._next_in_walk(execution)
        elif state == "ShiftTraffic":
            bake = known["plan"][known["index"]]["bake_seconds"]
            shifted_at = result["shifted_at"]
            self._next(execution, "Bake", bake_seconds=bake, shifted_at=shifted_at, is_extended=False)
        elif state == "JudgeCanary":
            known["verdicts"].append({**result, "weight": known["plan"][known["index"]]["weight"]})
            known["index"] += 1
            self._next_in_walk(execution)
        else:
            self._ending(execution, result)

    def _ending(self, execution: Execution, result: Any) -> None:
        """After the last write to the alias."""
        state, known = execution.state, execution.variables
        if state == "CompleteDeployment":
            self._next(execution, "RecordRelease", version=known["canary"])
        elif state == "RollBack":
            self._next(execution, "RecordFailure", failure={**known["failure"], "alias": "restored"})
        elif state == "RecordFailure":
            self._fail_deployment(execution)
        elif state == "RestoreVersion":
            self._next(execution, "StopDeployment", restored=result["restored"], problems=result["problems"])
        elif state == "StopDeployment":
            self._next(execution, "RecordRollback", stopped=result["stopped"])
        else:
            self.end(execution, "SUCCEEDED")

    def _next_in_walk(self, execution: Execution) -> None:
        known = execution.variables
        self._next(execution, "ShiftTraffic" if known["index"] < len(known["plan"]) else "CompleteDeployment")

    def _fail_deployment(self, execution: Execution) -> None:
        failure = execution.variables["failure"]
        superseded = "DeploymentSuperseded" if failure["Error"] == "DeploymentSupersededError" else "DeploymentFailed"
        error = "DeploymentRolledBack" if failure["alias"] == "restored" else superseded
        self.end(execution, "FAILED", error, f"{failure['Error']}: {failure['Cause']}")

    def _next(self, execution: Execution, state: str, **assigned: Any) -> None:
        execution.invocation, execution.token, execution.waits = None, None, False
        execution.variables |= assigned | {"entered_at": self.now()}
        execution.state = state
        execution.tries.clear()


def _sent(definition: Mapping[str, Any]) -> Any:
    return definition["Arguments"]["Payload"].keys()


def _health() -> str:
    running = Invocation.current
    execution = running and running.about["execution"]
    return execution.health if execution else "healthy"


class _Alarms:
    def states(self, names: tuple[str, ...]) -> dict[str, str]:
        return dict.fromkeys(names, "OK")

    def changes(self, names: tuple[str, ...], since: datetime) -> tuple[AlarmChange, ...]:
        is_judged = Invocation.current is not None and Invocation.current.about["state"] == "JudgeCanary"
        is_bad = is_judged and _health() == "unhealthy"
        return tuple(AlarmChange(each, iso(since), "3 errors") for each in names if is_bad)


class _Metrics:
    def invocations(self, *_: Any) -> int:
        return 0 if _health() == "inconclusive" else 1
