"""The events about executions that did not succeed.

Restores: the "Step Functions Execution Status Change" event of an execution that was stopped or timed out has its error
and cause, like that of a failed execution. All three can be redriven.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
from contextvars import ContextVar

from ministack.services import eventbridge, stepfunctions

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_ENDED_BADLY = ("FAILED", "TIMED_OUT", "ABORTED")
_ended_badly: ContextVar[Json | None] = ContextVar(
    "ended_badly", default=None
)  # the execution whose event is being put


def apply(settings: Settings) -> None:
    """Complete the event on its way to the bus."""
    put_in_front(stepfunctions, "_emit_execution_status_event", _emit)
    put_in_front(eventbridge, "_put_events", _complete)


def _emit(original: Original, execution: Json) -> None:
    token = _ended_badly.set(execution if execution["status"] in _ENDED_BADLY else None)
    try:
        original(execution)
    finally:
        _ended_badly.reset(token)


def _complete(original: Original, data: Json, *details: object, **named: object) -> Response:
    execution = _ended_badly.get()
    if execution is not None:
        _ended_badly.set(None)  # events that are put during this one's delivery are other events
        [entry] = data["Entries"]
        more = {
            "error": execution.get("error"),
            "cause": execution.get("cause"),
            "redriveStatus": "REDRIVABLE",
            "redriveStatusReason": None,
        }
        data = {"Entries": [{**entry, "Detail": json.dumps({**json.loads(entry["Detail"]), **more})}]}
    answer: Response = original(data, *details, **named)
    return answer
