"""One execution of a real definition, with the real handler in its task."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from gantry.handlers import deployment_machine, promotion_machine, rollback_machine
from tests.unit.asl.definitions import machine
from tests.unit.asl.execution import Execution
from tests.unit.handlers.payloads import as_json

if TYPE_CHECKING:
    from tests.unit.handlers.suspended import Invocation

Handler = Callable[..., Any]
_FUNCTION = re.compile(r"\$\{(\w+)FunctionArn\}")


@cache
def handler_of(function: str) -> Handler:
    """Return the handler of the function that a definition invokes: `${ShiftTrafficFunctionArn}`."""
    found = _FUNCTION.fullmatch(function)
    assert found, function
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", found[1]).lower()
    for package in (promotion_machine, deployment_machine, rollback_machine):
        if name in {each.name for each in iter_modules(package.__path__)}:
            handler: Handler = import_module(f"{package.__name__}.{name}").handler
            return handler
    raise LookupError(f"{function} has no handler")


class Run(Execution):
    """An execution with the handler that runs in its task."""

    health = "healthy"
    """What its canary is judged to be; `alarm` when an alarm ends the first bake."""
    ended_at = ""

    def __init__(self, machine_name: str, arn: str, given: Mapping[str, Any], now: Callable[[], str]) -> None:
        self.invocation: Invocation | None = None
        self.failures: list[dict[str, str]] = []
        """The errors of its tasks, newest first."""
        self.returned: set[str] = set()
        """The states whose functions have returned."""
        super().__init__(machine(machine_name), arn, as_json(given), now)

    @property
    def waits(self) -> bool:
        """Whether its function has returned, and its task waits for an answer or for its time-out."""
        return self.token is not None and self.invocation is None

    @property
    def is_deployment(self) -> bool:
        return "-deployment:" in self.arn

    @property
    def digest(self) -> str:
        return str(self.input["release"]["artifact"]["digest"])

    @property
    def fence(self) -> int | None:
        """The fencing number that its tasks are sent; None while it has none."""
        fence: int | None = self.variables.get("task", {}).get("fence")
        return fence

    def __str__(self) -> str:
        return f"{self.arn.rpartition(':')[2]} in {self.state}"
