"""The program that runs a Python function, like the managed runtime on AWS.

It starts without this project and without site-packages. It reads one JSON line that says what to load, then one line
for each invocation. It answers each line with one line on the standard output that it was started with. The function's
own output goes to the standard error, where END_OF_LOG marks the end of an invocation's log. The line before it
says how much CPU the invocation took, and on the first invocation the start too, with the interpreter's own.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

END_OF_LOG = "\x00end of log"
FAILURE = "\x00failure"
# This variable scales the SDK's pauses between attempts. Injected faults set it.
SDK_PAUSES = "_SDK_PAUSES"


def main() -> None:
    """Serve invocations until the standard input closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    init = json.loads(sys.stdin.readline())
    set_environment(init)
    set_path(init["code_dir"])
    shorten_pauses(os.environ.pop(SDK_PAUSES, None))
    handler, failure = load(init["module"], init["handler"])
    say(answers, {"status": "ready"})
    start = used = time.process_time()
    for line in sys.stdin:
        message = json.loads(line)
        result = {FAILURE: failure} if failure or handler is None else invoke(handler, message, init)
        sys.stdout.flush()
        start, used = report(init["function_name"], start, used), time.process_time()
        say(answers, {"status": "ok", "result": result})


def report(function: str, start: float, used: float) -> float:
    """End the log of an invocation, with its CPU; return 0, because the next one has no start."""
    cpu = {"cpu_of": function, "invocation": time.process_time() - used, "start": start}
    print(json.dumps(cpu), END_OF_LOG, sep="\n", file=sys.stderr, flush=True)
    return 0.0


def say(answers: TextIO, message: dict[str, Any]) -> None:
    """Write one line."""
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def set_environment(init: dict[str, Any]) -> None:
    """Add the variables that Lambda defines to the function's own."""
    os.environ.update(init["env"])
    os.environ["_HANDLER"] = f"{init['module']}.{init['handler']}"
    os.environ["AWS_EXECUTION_ENV"] = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"
    os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
    os.environ.setdefault("AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{init['function_name']}")


def set_path(code: str) -> None:
    """Make importable, in this order: the package, its layers, and what the runtime includes."""
    layers = [Path(layer) for layer in os.environ.pop("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep) if layer]
    sys.path[:0] = [code, *(str(layer / "python") for layer in layers)]
    sys.path.append(os.environ.pop("_RUNTIME_PACKAGES"))


def shorten_pauses(scale: str | None) -> None:
    """Let the SDK make as many attempts as always, but wait less between them."""
    if scale:
        own: Any = SimpleNamespace(**vars(time))
        own.sleep = lambda seconds: time.sleep(seconds * float(scale))
        importlib.import_module("botocore.endpoint").time = own  # type: ignore[attr-defined]


def load(module: str, name: str) -> tuple[Callable[..., Any] | None, dict[str, Any] | None]:
    """Return the handler, or the error that AWS reports for every invocation if it cannot be loaded."""
    try:
        return getattr(importlib.import_module(module), name), None
    except ImportError as error:
        message = f"Unable to import module '{module}': {error}"
        return None, {"errorMessage": message, "errorType": "Runtime.ImportModuleError", "stackTrace": []}
    except AttributeError as error:
        message = f"Handler '{name}' missing on module '{module}' ({error})"
        return None, {"errorMessage": message, "errorType": "Runtime.HandlerNotFound", "stackTrace": []}
    except Exception as error:
        return None, described(error)


def invoke(handler: Callable[..., Any], message: dict[str, Any], init: dict[str, Any]) -> object:
    """Return what the handler returns, or the error that it raises, in Lambda's format."""
    details = message.get("ctx") or {}
    try:
        result = handler(message["event"], context_of(details, init))
        json.dumps(result)
    except Exception as error:
        traceback.print_exc()
        return {FAILURE: {**described(error), "requestId": details.get("request_id", "")}}
    return result


def described(error: Exception) -> dict[str, Any]:
    """Return an error as the runtime reports it: the name of its class, and the function's part of the trace."""
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": trace}


def context_of(details: dict[str, Any], init: dict[str, Any]) -> SimpleNamespace:
    """Return the handler's second argument."""
    deadline = time.time() + float(os.environ.get("_LAMBDA_TIMEOUT", "3"))
    return SimpleNamespace(
        function_name=init["function_name"],
        function_version=os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        memory_limit_in_mb=init["memory"],
        invoked_function_arn=details.get("invoked_function_arn", init["arn"]),
        aws_request_id=details.get("request_id", ""),
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
        identity=None,
        client_context=None,
        get_remaining_time_in_millis=lambda: max(0, int((deadline - time.time()) * 1000)),
    )


if __name__ == "__main__":
    main()
