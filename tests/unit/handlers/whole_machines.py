"""The machines with their real definitions and handlers, run one task after the other."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pkgutil import iter_modules
from typing import Any

from gantry.aws.executions import ExecutionEnd
from gantry.handlers import deployment_machine, promotion_machine, rollback_machine
from gantry.promotion.timestamps import iso, moment
from tests.unit.asl.definitions import CHILD, machine
from tests.unit.asl.execution import Execution
from tests.unit.handlers.payloads import STATES, as_json, invoke
from tests.unit.handlers.pushes import recorded
from tests.unit.targets.memory.service import MemoryService, Served


class WholeMachines:
    """Runs executions one task after the other, and is Step Functions to the handlers."""

    def __init__(self, service: MemoryService) -> None:
        self.service = service
        self.canaries_serve = True
        self.waited = timedelta(0)
        """How far the clock is ahead: nobody waits here."""
        self.meanwhile: Callable[[Execution], None] = lambda _: None
        """What happens while a task waits for an answer to its token."""
        self.entered: list[str] = []
        """The states of all executions that ran, once for each try."""
        self.executions: dict[str, Execution] = {}
        self._numbers = count(1)

    def now(self) -> str:
        return iso(datetime.now(UTC) + self.waited)

    def is_running(self, arn: str) -> bool:
        return self.executions[arn].is_running

    def end_of(self, arn: str, announced: ExecutionEnd | None = None) -> ExecutionEnd | None:
        found = self.executions[arn]
        return None if found.is_running else ExecutionEnd(arn, found.status, self.now(), found.input, found.error)

    def start_once(self, machine: str, name: str, value: Mapping[str, Any]) -> bool:
        raise AssertionError("nothing here starts promotions")

    def errors(self, _: str) -> list[Mapping[str, Any]]:
        return []

    def stop(self, arn: str, error: str, cause: str) -> None:
        self.executions[arn].end("ABORTED", error, cause)

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        waiting = next((each for each in self.executions.values() if each.token == task_token), None)
        if waiting:
            waiting.succeed(as_json(output))
        return waiting is not None

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        waiting = next((each for each in self.executions.values() if each.token == task_token), None)
        if waiting:
            waiting.fail(error, cause)
        return waiting is not None

    def run(self, name: str, given: Any, until: Callable[[Execution], bool] = lambda _: False) -> Execution:
        arn = f"{STATES}:gantry-{name}:push-{next(self._numbers)}"
        given = recorded(given, arn, self.now()) if "detail" in given else given
        run = self.executions[arn] = Execution(machine(name), arn, as_json(given), self.now)
        while run.is_running and not until(run):
            self._step(run)
        return run

    def _step(self, run: Execution) -> None:
        state, token = run.state, f"token-{next(self._numbers)}"
        self.entered.append(state)
        arguments = run.try_task(token)
        if run.task["Resource"] == CHILD:
            child = self.run("deployment", arguments["Input"])
            if child.status == "SUCCEEDED":
                run.succeed({"Output": child.output})
            else:
                run.fail("States.TaskFailed", json.dumps({"Error": child.error, "Cause": child.cause}))
            return
        try:
            result = invoke(_handler_of(state), arguments["Payload"])
        except Exception as error:
            cause = {"errorType": type(error).__name__, "errorMessage": str(error)}
            run.fail(type(error).__name__, json.dumps(cause))
            return
        if run.token is None and run.state == state:
            run.succeed(result)
        elif run.token == token:
            self.meanwhile(run)
            if run.token == token:  # nobody has answered it
                self._time_out(run)

    def _time_out(self, run: Execution) -> None:
        if self.canaries_serve:
            for revision in {run.variables["canary"], (run.variables["found"] or {}).get("revision")}:
                self.service.serve(target_id(run), revision, *[Served(moment(self.now()))] * 100)
        self.waited += timedelta(seconds=run.seconds)
        run.fail("States.Timeout", "")


def target_id(run: Execution) -> str:
    """The id of the target that a deployment is for."""
    target = run.input["target"]
    return f"{target['account']}/{target['region']}/{target['name']}"


def _handler_of(state: str) -> Callable[..., Any]:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in state).removeprefix("_")
    packages = (promotion_machine, deployment_machine, rollback_machine)
    (package,) = [each for each in packages if name in {found.name for found in iter_modules(each.__path__)}]
    found: Callable[..., Any] = import_module(f"{package.__name__}.{name}").handler
    return found
