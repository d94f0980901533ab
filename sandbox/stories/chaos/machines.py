"""The deployed state machines: their tasks, and how an execution with a short timeout is started."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import ASSETS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a deployed machine."""

    machine: str
    """`Deployment` or `Rollback`."""
    state: str
    function: str
    """The name of the Lambda function behind it."""
    is_on_the_way: bool
    """Whether the machine reaches the task when nothing fails: some only where the service is slow."""

    @property
    def is_slow(self) -> bool:
        """Whether only what is slow has it waited for there."""
        return self.state in _SLOW


_NOT_REACHED = frozenset(
    {
        "AwaitCheck",
        "HoldCanary",
        "AskAboutCanary",
        "AwaitCanaryDecision",
        "ResumeCanary",
    }
)
"""What no case reaches, as no build or task checks it, and nobody is asked.

`tests/statemachine` lets each of these fail.
"""


_SLOW = frozenset({"AwaitShift", "AwaitCompletion"})
_IS_SLOW = "TargetSlowError"


def tasks(pipeline: Pipeline) -> list[Task]:
    """Return the tasks of the deployed deployment and rollback machines that a case can reach."""
    found = []
    for machine in ("Deployment", "Rollback"):
        definition = _definition_of(pipeline, machine)
        on_the_way = set(_on_the_way(definition))
        for name, state in _states(definition):
            if state["Type"] == "Task" and name not in _NOT_REACHED:
                function = state["Arguments"]["FunctionName"].split(":")[6]
                found.append(Task(machine, name, function, name in on_the_way))
    return found


def _definition_of(pipeline: Pipeline, machine: str) -> Json:
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
    """Yield the states that are reached without a `Catch`, or with the one for services that are slow."""
    seen, ahead = set(), [machine["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        state = machine["States"][name]
        choices = [choice["Next"] for choice in state.get("Choices", [])]
        slow = [catch["Next"] for catch in state.get("Catch", []) if _IS_SLOW in catch["ErrorEquals"]]
        ahead += [each for each in (state.get("Next"), state.get("Default"), *choices, *slow) if each]
        if "ItemProcessor" in state:
            yield from _on_the_way(state["ItemProcessor"])


@dataclass
class Starter:
    """Starts executions one at a time, because a timeout is a property of the machine."""

    pipeline: Pipeline
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self, machine: str, value: Json, seconds: int | None = None) -> str:
        """Start an execution; with `seconds` it times out after them, because it keeps the definition it began with."""
        with self._starting:
            if seconds is None:
                return self.pipeline.start(machine, value)
            sfn = self.pipeline.stand_in.client("stepfunctions", ASSETS)
            arn = self.pipeline.outputs[f"{machine}MachineArn"]
            definition = _definition_of(self.pipeline, machine)
            short = json.dumps(definition | {"TimeoutSeconds": seconds})
            sfn.update_state_machine(stateMachineArn=arn, definition=short)
            try:
                return self.pipeline.start(machine, value)
            finally:
                sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
