"""The most that a call of Step Functions may carry.

Restores: the input of an execution and the output of a task that waits for a token have 256 KiB at most, in UTF-8; an
error has 256 characters and a cause 32,768. Otherwise the call is a `ValidationException`. The library takes any size.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
"""

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

from sandbox.stand_in.repairs.engine.data_limit import PAYLOAD_BYTES
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_BYTES = {"input": PAYLOAD_BYTES, "output": PAYLOAD_BYTES}
_CHARACTERS = {"error": 256, "cause": 32_768}


def apply(settings: Settings) -> None:
    """Measure before anything is done."""
    for name in ("_start_execution", "_send_task_success", "_send_task_failure", "_stop_execution"):
        put_in_front(stepfunctions, name, _measured)


def _measured(original: Original, data: Json) -> Response:
    lengths = {name: (len((data.get(name) or "").encode()), most) for name, most in _BYTES.items()}
    lengths |= {name: (len(data.get(name) or ""), most) for name, most in _CHARACTERS.items()}
    for name, (length, most) in lengths.items():
        if length > most:
            message = f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            message += f"Member must have length less than or equal to {most}"
            return error_response_json("ValidationException", message, 400)
    return original(data)
