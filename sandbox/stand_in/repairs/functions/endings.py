"""Lambda's answer when a function does not return.

Restores: the error is `Sandbox.Timedout` if the function exceeds its timeout, and `Runtime.ExitError` if its process
ends. The message begins with the request's id.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors
"""

from ministack.services import lambda_svc

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_PROCESS_DIED = "Worker process died"


def apply(settings: Settings) -> None:
    """Give the two errors their names."""
    put_in_front(lambda_svc, "_execute_function_warm", _named)


def timed_out(config: Json, request_id: str) -> Json:
    """Return the result of an invocation that exceeded the function's timeout."""
    return _ended("Sandbox.Timedout", f"Task timed out after {config.get('Timeout', 3)}.00 seconds", request_id)


def process_exited(request_id: str) -> Json:
    """Return the result of an invocation whose process has ended."""
    return _ended("Runtime.ExitError", "Runtime exited without providing a reason", request_id)


def _ended(error: str, message: str, request_id: str) -> Json:
    body = {"errorType": error, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return {"body": body, "error": True, "function_error": "Unhandled", "log": ""}


def _named(original: Original, func: Json, event: object, request_id: str) -> Json:
    result: Json = original(func, event, request_id)
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    if body.get("errorType") == "Sandbox.Timedout":
        return {**result, **timed_out(func.get("config") or func, request_id), "log": result.get("log", "")}
    if body.get("errorMessage") == _PROCESS_DIED:
        return {**result, **process_exited(request_id), "log": result.get("log", "")}
    return result
