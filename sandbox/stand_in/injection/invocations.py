"""Lets faults hit invocations, at the one place where every function runs, however it was invoked."""

import time
from contextvars import ContextVar
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from sandbox.stand_in.injection import throttling, waiting
from sandbox.stand_in.injection.planted import Planted, take
from sandbox.stand_in.repairs.functions.endings import process_exited, timed_out
from sandbox.stand_in.repairs.functions.runtime import SDK_PAUSES
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_SDK_PAUSES = "0.02"
_THROTTLED = "sandbox-throttled"
_LOOK_AGAIN_SECONDS = 0.1
# What happens to the process of the current invocation: "throttled", "killed" or nothing.
_process: ContextVar[str] = ContextVar("process", default="")


def apply(settings: Settings) -> None:
    """Replace the call that runs a function in a process."""

    def run(original: Original, func: Json, event: object, request_id: str) -> Json:
        config = func.get("config") or func
        planted = take(config["FunctionName"], event)
        result: Json
        if planted is None:
            result = original(func, event, request_id)
        elif planted.fault.kind == "throttled":
            result = _in("throttled", original, _without_aws(func, settings), event, request_id)
        elif planted.fault.kind == "killed":
            done = _in("killed", original, func, event, request_id)
            result = {**process_exited(request_id), "log": done.get("log", "")}
        elif planted.fault.kind == "pauses":
            result = original(func, event, request_id)
            _pause(planted)
        elif planted.fault.kind == "times_out":
            result = timed_out(config, request_id)
        else:
            result = _raised(planted)
        return result

    put_in_front(lambda_svc, "_execute_function_warm", run)
    put_in_front(lambda_svc, "acquire_worker", _in_a_process_of_its_own)
    put_in_front(lambda_svc, "release_worker", _dead_or_alive)


def _raised(planted: Planted) -> Json:
    body = {"errorMessage": planted.fault.message, "errorType": planted.fault.error, "stackTrace": []}
    return {"body": body, "error": True, "function_error": "Unhandled", "log": ""}


def _pause(planted: Planted) -> None:
    """Hold the answer back. The process is already free, and the thread belongs to this invocation."""
    end = time.monotonic() + planted.fault.seconds
    planted.held += 1
    while waiting.is_awaited() and (left := end - time.monotonic()) > 0:
        if planted.cleared.wait(min(left, _LOOK_AGAIN_SECONDS)):
            return


def _in(process: str, original: Original, func: Json, event: object, request_id: str) -> Json:
    token = _process.set(process)
    try:
        result: Json = original(func, event, request_id)
    finally:
        _process.reset(token)
    return result


def _without_aws(func: Json, settings: Settings) -> Json:
    config = func.get("config") or func
    variables = (config.get("Environment") or {}).get("Variables") or {}
    changed = {"AWS_ENDPOINT_URL": f"{settings.endpoint}{throttling.PREFIX}", SDK_PAUSES: _SDK_PAUSES}
    return {**func, "config": {**config, "Environment": {"Variables": {**variables, **changed}}}}


def _in_a_process_of_its_own(
    original: Original,
    name: str,
    config: Json,
    code: bytes,
    qualifier: str = "$LATEST",
    **details: Any,  # noqa: ANN401 -- the library's own
) -> object:
    """Keep throttled processes apart from the others, and from those of other code."""
    if _process.get() == "throttled":
        qualifier = "-".join((qualifier, _THROTTLED, config["CodeSha256"], config["RevisionId"]))
    return original(name, config, code, qualifier=qualifier, **details)


def _dead_or_alive(original: Original, worker: lambda_runtime.Worker | None) -> None:
    """Kill the process if the fault says so. The next invocation starts another."""
    if _process.get() == "killed" and worker is not None:
        lambda_runtime.kill_workers([worker])
    original(worker)


def end_throttled_processes() -> None:
    """End the throttled processes that are idle, because each takes as much memory as any other."""
    with lambda_runtime._lock:
        pools = [(key, pool) for key, pool in lambda_runtime._workers.items() if f"-{_THROTTLED}-" in key]
        idle = [lambda_runtime._workers.pop(key) for key, pool in pools if not any(each.in_use for each in pool)]
    lambda_runtime.kill_workers([worker for pool in idle for worker in pool])
