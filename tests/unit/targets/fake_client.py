"""What every client of AWS in memory has: counted calls, refusals, and what somebody else does in between."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError, ReadTimeoutError

Action = Callable[[], object]
Answer = dict[str, Any]
Operation = TypeVar("Operation", bound=Callable[..., Any])


def refused(operation: str, code: str, message: str = "") -> ClientError:
    """Return the error that boto3 raises when AWS refuses a call. The operation is spelt as AWS spells it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class FakeClient:
    """Operations are named as boto3 names them: `update_alias`."""

    calls: Counter[str] = field(default_factory=Counter)
    """How often each operation was called."""
    _before: defaultdict[str, deque[Action]] = field(default_factory=lambda: defaultdict(deque), init=False)
    _after: defaultdict[str, deque[Action]] = field(default_factory=lambda: defaultdict(deque), init=False)

    def before(self, operation: str, action: Action) -> None:
        """Let something happen right before the next call of an operation is handled. One action for each call."""
        self._before[operation].append(action)

    def after(self, operation: str, action: Action) -> None:
        """Let something happen when the next call of an operation was handled, before its caller gets the answer."""
        self._after[operation].append(action)

    def refuse(self, operation: str, code: str, message: str = "", *, times: int = 1) -> None:
        """Refuse the next calls of an operation."""
        for _ in range(times):
            self.before(operation, _raising(refused(operation.title().replace("_", ""), code, message)))

    def lose_answer(self, operation: str) -> None:
        """Handle the next call of an operation, but let its answer never arrive."""
        self.after(operation, _raising(ReadTimeoutError(endpoint_url="https://service.test")))


def counted(handle: Operation) -> Operation:
    """Make a method an operation of the client."""
    name = handle.__name__

    @wraps(handle)
    def called(self: FakeClient, **arguments: Any) -> Any:
        self.calls[name] += 1
        if self._before[name]:
            self._before[name].popleft()()
        answer = handle(self, **arguments)
        if self._after[name]:
            self._after[name].popleft()()
        return answer

    return cast("Operation", called)


def _raising(error: Exception) -> Action:
    def act() -> None:
        raise error

    return act
