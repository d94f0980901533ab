"""An execution has 25,000 events at most.

Restores: if the event with that number is not the execution's end, it is `ExecutionFailed`, with `States.Runtime`,
which nothing catches. The engine adds events without an end.
https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html
The error's text and place are from https://github.com/floci-io/floci/issues/2734, which quotes a history from AWS.
"""

from typing import Any

from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

_EVENTS = 25_000
_CAUSE = f"The execution reached the maximum number of history events ({_EVENTS})."
_ENDS = (
    HistoryEventType.ExecutionSucceeded,
    HistoryEventType.ExecutionFailed,
    HistoryEventType.ExecutionTimedOut,
    HistoryEventType.ExecutionAborted,
)


class HistoryFullError(Exception):
    """There is no room for another event. The engine makes `States.Runtime` of it."""


def apply(settings: Settings) -> None:
    """Count events, and give the execution's error its text."""
    put_in_front(EventManager, "add_event", _add)
    put_in_front(Environment, "set_error", _fail)


def _is_full(events: EventManager) -> bool:
    return events._event_id_gen._next_id >= _EVENTS


def _add(
    original: Original,
    self: EventManager,
    context: EventHistoryContext,
    event_type: HistoryEventType,
    *details: Any,  # noqa: ANN401 -- the engine's own
    **named: Any,  # noqa: ANN401 -- the engine's own
) -> int:
    if _is_full(self) and event_type not in _ENDS:
        raise HistoryFullError(_CAUSE)
    number: int = original(self, context, event_type, *details, **named)
    return number


def _fail(original: Original, self: Environment, error: ExecutionFailedEventDetails) -> None:
    if _is_full(self.event_manager):
        error = ExecutionFailedEventDetails(error="States.Runtime", cause=_CAUSE)
    original(self, error=error)
