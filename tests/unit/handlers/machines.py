"""Executions of the real definitions with the real handlers in their states; one call to AWS at a time."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from gantry.aws.executions import ExecutionEnd
from gantry.handlers.event_rules import repair_target
from gantry.promotion import errors
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.unfinished import RepairIncompleteError
from tests.unit.asl.expressions import EvaluationError
from tests.unit.handlers.payloads import STATES, as_json, invoke
from tests.unit.handlers.runs import Handler, Run, handler_of
from tests.unit.handlers.suspended import Invocation, suspend

_HELD_BACK = re.compile(r"(?:^|; )\S+: (\w+): ")
"""The names of the errors in a RepairIncompleteError: one target's trouble keeps no other from being repaired."""


class StepFunctions:
    """The machines, and what handlers ask of Step Functions."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.executions: dict[str, Run] = {}
        self.abandoned: list[Invocation] = []
        """Invocations that no state waits for: what goes on after its task was given up, and repairs."""
        self.unexpected: list[str] = []
        """Errors that no handler should raise."""
        self.log: list[str] = []
        self.is_slow = False
        """Whether DescribeExecution calls an execution running for some time after its end."""
        self.not_known_to_have_ended: set[str] = set()
        self.watch_stop: Callable[[str], None] = lambda _: None
        """Called with the execution that a handler stops."""
        self.has_ended: Callable[[Run], None] = lambda _: None
        """Called with each execution once it has ended."""
        self.known_at_first: Callable[[], dict[str, Any]] = dict
        """What is to be remembered of the moment at which a function is invoked."""
        self._now = now
        self._numbers = count(1)

    # What the handlers ask.

    def is_running(self, arn: str) -> bool:
        return self.end_of(arn) is None

    def end_of(self, arn: str, announced: ExecutionEnd | None = None) -> ExecutionEnd | None:
        suspend("describing an execution")
        found = self.executions[arn]
        if found.is_running or arn in self.not_known_to_have_ended:
            return announced if announced and announced.arn == arn else None
        return ExecutionEnd(arn, found.status, found.ended_at, found.input, found.error, found.cause)

    def start_once(self, machine: str, name: str, value: Mapping[str, Any]) -> bool:
        raise AssertionError("nothing here starts promotions")

    def errors(self, arn: str) -> Iterator[Mapping[str, Any]]:
        suspend("reading an execution's history")
        return iter(list(self.executions[arn].failures))

    def stop(self, arn: str, error: str, cause: str) -> None:
        suspend("stopping an execution")
        self.watch_stop(arn)
        if self.executions[arn].is_running:
            self.end(self.executions[arn], "ABORTED", error, cause)

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        suspend("answering a task")
        return self._answer(task_token, lambda run: run.succeed(as_json(output)))

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        suspend("answering a task")
        return self._answer(task_token, lambda run: self._fail(run, error, cause))

    def _answer(self, token: str, answer: Callable[[Run], object]) -> bool:
        found = next((each for each in self.executions.values() if each.token == token and each.is_running), None)
        if found is None:
            return False
        self._abandon(found)
        try:
            answer(found)
        except EvaluationError as error:  # whoever answers would take it for its own
            self.unexpected.append(f"{found}: {error}")
        self._note_end(found)
        return True

    # How executions go on.

    def start(self, machine_name: str, given: Mapping[str, Any], health: str = "healthy") -> Run:
        arn = f"{STATES}:gantry-{machine_name}:{next(self._numbers)}"
        run = self.executions[arn] = Run(machine_name, arn, given, self._now)
        run.health = health
        self.log.append(f"{run}: started")
        return run

    def step(self, run: Run) -> None:
        """The next call that it makes, or the next task that it begins."""
        invocation = run.invocation
        if run.waits:
            self.time_is_up(run)
        elif invocation is None:
            arguments = run.try_task(f"token-{next(self._numbers)}")
            handler = handler_of(arguments["FunctionName"])
            run.invocation = self.invoke(handler, run.state, arguments["Payload"], run)
        elif not invocation.is_over:
            self.go_on(invocation)
        else:
            self._end_of_function(run, invocation)

    def invoke(self, handler: Handler, state: str, event: Mapping[str, Any], run: Run | None) -> Invocation:
        about = {"state": state, "execution": run, "fence": event.get("fence", 0), **self.known_at_first()}
        return Invocation(lambda: invoke(handler, dict(event)), **about)

    def repair(self, event: Mapping[str, Any]) -> Invocation:
        invocation = self.invoke(repair_target.handler, "RepairTarget", event, None)
        self.abandoned.append(invocation)
        return invocation

    def go_on(self, invocation: Invocation) -> None:
        self.log.append(f"{invocation.about['execution'] or ''} {invocation.about['state']}: {invocation.at}")
        invocation.step()

    def note_unexpected(self, invocation: Invocation) -> None:
        error = invocation.error
        held_back = _HELD_BACK.findall(str(error)) if isinstance(error, RepairIncompleteError) else []
        if error and not (isinstance(error, GantryError) and vars(errors).keys() >= set(held_back)):
            self.unexpected.append(f"{invocation.about['state']}: {error!r}")

    def time_is_up(self, run: Run) -> None:
        """A bake has been long enough, or an alarm ends it. The wait for a lease is endless here."""
        if run.state == "Bake" and run.health == "alarm":
            self._fail(run, "AlarmRaisedError", "cowsay-errors")
        else:
            self._fail(run, "States.Timeout", "")

    def die(self, run: Run, *, for_good: bool) -> None:
        """The function that it runs in dies; for good when all further tries do."""
        assert run.invocation
        self.log.append(f"{run}: dies before {run.invocation.at}")
        run.invocation.die()
        if for_good:
            run.use_up_tries()
        self._fail(run, "Lambda.Unknown", "the function died")

    def lose_answer(self, run: Run) -> None:
        """Step Functions gives up on an invocation, which goes on, and tries again."""
        self.log.append(f"{run}: the answer is lost")
        self._fail(run, "Lambda.SdkClientException", "read timed out")

    def end(self, run: Run, status: str, error: str | None = None, cause: str | None = None) -> None:
        """It ends from outside. What it has under way goes on without it."""
        self._abandon(run)
        run.end(status, error, cause)
        self._note_end(run)

    def _end_of_function(self, run: Run, invocation: Invocation) -> None:
        self.note_unexpected(invocation)
        if error := invocation.error:
            name = type(error).__name__
            self._fail(run, name, json.dumps({"errorType": name, "errorMessage": str(error)}))
            return
        run.invocation = None
        run.returned.add(run.state)
        if not run.waits_for_token:
            run.succeed(invocation.result)
            self._note_end(run)

    def _fail(self, run: Run, error: str, cause: str) -> None:
        self._abandon(run)
        if error != "States.Timeout":
            run.failures.insert(0, {"Error": error, "Cause": cause})
        failed = str(run)
        if not run.fail(error, cause):
            self.log.append(f"{failed}: {error} {cause}")
        self._note_end(run)

    def _abandon(self, run: Run) -> None:
        if run.invocation and not run.invocation.is_over:
            self.abandoned.append(run.invocation)
        run.invocation = None

    def _note_end(self, run: Run) -> None:
        if run.is_running or run.ended_at:
            return
        run.ended_at = self._now()
        self.log.append(f"{run}: {run.status} {run.error or ''}")
        if self.is_slow:
            self.not_known_to_have_ended.add(run.arn)
        self.has_ended(run)
