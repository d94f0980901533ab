"""The events about executions that have ended otherwise than well.

Restores: an execution that was stopped or took too long tells its error and cause in "Step Functions Execution Status
Change" like one that failed, and each of the three can be redriven.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
from contextvars import ContextVar

from ministack.services import eventbridge, stepfunctions

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_ENDED_BADLY = ("FAILED", "TIMED_OUT", "ABORTED")
_told: ContextVar[Json | None] = ContextVar("told", default=None)  # the execution whose event is being put


def apply(settings: Settings) -> None:
    """Complete the event on its way to the bus."""
    put_in_front(stepfunctions, "_emit_execution_status_event", _tell)
    put_in_front(eventbridge, "_put_events", _complete)


def _tell(original: Original, execution: Json) -> None:
    token = _told.set(execution if execution["status"] in _ENDED_BADLY else None)
    try:
        original(execution)
    finally:
        _told.reset(token)


def _complete(original: Original, data: Json, *details: object, **named: object) -> Response:
    execution = _told.get()
    if execution is not None:
        _told.set(None)  # what is put while this one is delivered is another event
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
