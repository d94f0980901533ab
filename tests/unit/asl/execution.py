"""One execution of a definition. What its tasks come to, and when, is decided by whoever runs it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.asl.definitions import CHILD, TOKEN, handling
from tests.unit.asl.expressions import Json, evaluated

DEFAULT_ATTEMPTS = 3


@dataclass
class Scope:
    """The states and the variables of a machine, or of one iteration of a Map."""

    definition: Mapping[str, Any]
    variables: Json = field(default_factory=dict)
    state: str = ""
    input: Any = None
    entered_at: str = ""
    tries: Counter[int] = field(default_factory=Counter)
    """How often the current state was tried again, by the position of the retrier."""
    items: Iterator[Any] = field(default_factory=lambda: iter(()))
    """In a Map, the inputs of the iterations to come."""
    results: list[Any] = field(default_factory=list)

    @property
    def current(self) -> Json:
        """The definition of the current state."""
        found: Json = self.definition["States"][self.state]
        return found


class Execution:
    """One execution. It is always at a task, or has ended: all other states take no time."""

    def __init__(self, definition: Mapping[str, Any], arn: str, given: Any, now: Callable[[], str]) -> None:
        self.arn = arn
        self.input = given
        self.status = "RUNNING"
        self.output: Any = None
        self.error: str | None = None
        self.cause: str | None = None
        self.token: str | None = None
        """The token of the task that is being tried; an earlier try's is no longer good for anything."""
        self._now = now
        self._started_at = now()
        self._scopes = [Scope(definition)]
        self._enter(definition["StartAt"], given)

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def state(self) -> str:
        """The name of the innermost state."""
        return self._scope.state

    @property
    def task(self) -> Json:
        """The definition of the innermost state."""
        return self._scope.current

    @property
    def variables(self) -> Json:
        """Everything that a state can read here."""
        return {name: value for scope in self._scopes for name, value in scope.variables.items()}

    @property
    def waits_for_token(self) -> bool:
        """Whether the task has ended only once its token is answered."""
        return str(self.task["Resource"]).endswith(TOKEN)

    def try_task(self, token: str) -> Json:
        """Begin the task, or begin it again; return its arguments."""
        self.token = token if self.waits_for_token else None
        arguments: Json = self._evaluated(self.task["Arguments"])
        if "TimeoutSeconds" in self.task:
            assert self._evaluated(self.task["TimeoutSeconds"]) > 0
        return arguments

    @property
    def seconds(self) -> int:
        """For how many seconds the task waits at most."""
        found: int = self._evaluated(self.task["TimeoutSeconds"])
        return found

    def succeed(self, result: Any) -> None:
        """Leave the task with what its function returned, or with what its token was answered with."""
        is_whole, self.token = self.waits_for_token or self.task["Resource"] == CHILD, None
        self._leave(result if is_whole else {"Payload": result, "StatusCode": 200})

    def fail(self, error: str, cause: str) -> bool:
        """Let the task fail; return whether it is tried again. Otherwise the error is caught, or ends the execution."""
        self.token = None
        if found := handling(self.task.get("Retry", []), error):
            position, retrier = found
            self._scope.tries[position] += 1
            if self._scope.tries[position] <= retrier.get("MaxAttempts", DEFAULT_ATTEMPTS):
                return True
        self._catch({"Error": error, "Cause": cause})
        return False

    def use_up_tries(self) -> None:
        """Let the next failure of this task be its last one."""
        for position, retrier in enumerate(self.task.get("Retry", [])):
            self._scope.tries[position] = retrier.get("MaxAttempts", DEFAULT_ATTEMPTS)

    def end(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """End the execution, by itself or from outside."""
        self.status, self.error, self.cause, self.token = status, error, cause, None

    @property
    def _scope(self) -> Scope:
        return self._scopes[-1]

    def _enter(self, state: str, given: Any) -> None:
        scope = self._scope
        scope.state, scope.input, scope.entered_at, scope.tries = state, given, self._now(), Counter()
        kind = scope.current["Type"]
        if kind == "Choice":
            self._choose()
        elif kind == "Map":
            self._begin_iterations()
        elif kind == "Succeed":
            output = self._evaluated(scope.current.get("Output", given))
            if len(self._scopes) > 1:
                self._end_iteration(output)
            else:
                self.output = output
                self.end("SUCCEEDED")
        elif kind == "Fail":
            self.end("FAILED", **{name.lower(): self._evaluated(scope.current[name]) for name in ("Error", "Cause")})

    def _choose(self) -> None:
        scope, given = self._scope, self._scope.input
        for choice in scope.current["Choices"]:
            if self._evaluated(choice["Condition"]):
                self._go_on(choice, given)
                return
        self._go_on({**scope.current, "Next": scope.current["Default"]}, given)

    def _begin_iterations(self) -> None:
        scope, items = self._scope, self._evaluated(self._scope.current["Items"])
        selector = scope.current.get("ItemSelector", "{% $states.context.Map.Item.Value %}")
        scope.items = iter(
            [self._evaluated(selector, Map={"Item": {"Index": at, "Value": each}}) for at, each in enumerate(items)]
        )
        scope.results = []
        self._next_iteration()

    def _next_iteration(self) -> None:
        scope = self._scope
        for given in scope.items:
            processor = scope.current["ItemProcessor"]
            self._scopes.append(Scope(processor))
            self._enter(processor["StartAt"], given)
            return
        self._leave(scope.results)

    def _leave(self, result: Any) -> None:
        self._go_on(self.task, result, result=result)

    def _catch(self, output: Json) -> None:
        if found := handling(self.task.get("Catch", []), output["Error"]):
            self._go_on(found[1], output, errorOutput=output)
        elif len(self._scopes) > 1:
            self._scopes.pop()
            self._catch(output)
        else:
            self.end("FAILED", output["Error"], output["Cause"])

    def _go_on(self, leaving: Mapping[str, Any], output: Any, **states: Any) -> None:
        """Assign, and go where a state, a choice or a catcher says. Its output does not see what it assigns."""
        assigned = {name: self._evaluated(value, **states) for name, value in leaving.get("Assign", {}).items()}
        if "Output" in leaving:
            output = self._evaluated(leaving["Output"], **states)
        self._assign(assigned)
        if "Next" in leaving:
            self._enter(leaving["Next"], output)
            return
        assert leaving["End"]
        assert len(self._scopes) > 1, "machines end with Succeed or Fail"
        self._end_iteration(output)

    def _end_iteration(self, output: Any) -> None:
        self._scopes.pop()
        self._scope.results.append(output)
        self._next_iteration()

    def _assign(self, assigned: Json) -> None:
        """Names are unique: Step Functions lets no iteration assign what is outside of it."""
        outside = {name for scope in self._scopes[:-1] for name in scope.variables}
        assert not outside & assigned.keys(), f"{self.state} assigns {sorted(outside & assigned.keys())}"
        self._scope.variables |= assigned

    def _evaluated(self, template: Any, **states: Any) -> Any:
        context = self._context() | ({"Map": states.pop("Map")} if "Map" in states else {})
        reserved = {"input": self._scope.input, "context": context, **states}
        return evaluated(template, {**self.variables, "states": reserved})

    def _context(self) -> Json:
        """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
        scope, retries = self._scope, self._scope.tries.total()
        state = {"Name": scope.state, "EnteredTime": scope.entered_at} | ({"RetryCount": retries} if retries else {})
        execution = {
            "Id": self.arn,
            "Input": self.input,
            "Name": self.arn.rpartition(":")[2],
            "StartTime": self._started_at,
        }
        return {"Execution": execution, "State": state, "Task": {"Token": self.token} if self.token else {}}
