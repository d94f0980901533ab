"""Executions run on moto's engine.

Restores: what a pipeline relies on and ministack's own engine does not do. A sequential `Map` stops at the first failed
item. `TimeoutSeconds` and `HeartbeatSeconds` end a task. An execution can be `TIMED_OUT`, and then its history is
closed. Every field can have JSONata. The history has the events of maps, iterations and parallel branches.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-map-state.html
"""

import json
import logging
import re

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.utils import TMP_THREADS

from sandbox.stand_in.repairs.engine.runs import Run, forget_all, new_run, run_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_log = logging.getLogger(__name__)
_ENDS = ("ExecutionTimedOut", "ExecutionFailed")
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


def apply(settings: Settings) -> None:
    """Replace ministack's engine."""
    stepfunctions._run_execution = _run_execution
    put_in_front(stepfunctions, "_start_execution", _start_once)
    put_in_front(stepfunctions, "_get_execution_history", _with_the_latest_events)
    put_in_front(stepfunctions, "reset", _reset)


def _run_execution(execution_arn: str) -> None:
    execution = stepfunctions._executions.get(execution_arn)
    machine = execution and (
        stepfunctions._state_machine_versions.get(execution.get("versionArn"))
        or stepfunctions._state_machines.get(execution["stateMachineArn"])
    )
    if not machine:
        return
    run = new_run(execution, machine)
    try:
        _run(execution, run)
    finally:
        run.has_ended.set()


def _run(execution: Json, run: Run) -> None:
    try:
        run.start()
        _close_history(execution, run)
    except Exception as error:
        _log.exception("the engine failed in %s", run.exec_arn)
        stepfunctions._fail_execution(execution, "States.Runtime", repr(error))
        return
    finally:
        run.let_go()
        TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]
    if execution["status"] == "RUNNING":  # StopExecution itself writes the end
        _end(execution, run)


def _close_history(execution: Json, run: Run) -> None:
    """Ignore the engine's later events: a task that was running at the timeout still ends."""
    run.copy_history_to(execution)
    run.history_is_final = True
    if _status_of(run) == "TIMED_OUT" and execution["status"] == "RUNNING":
        execution["events"] = [event for event in execution["events"] if event["type"] not in _ENDS]
        stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})


def _status_of(run: Run) -> str:
    return str(getattr(run.exec_status, "value", run.exec_status))


def _end(execution: Json, run: Run) -> None:
    status = _status_of(run)
    if status == "SUCCEEDED":
        execution["output"] = to_json_str(run.output, separators=(",", ":"))
    execution.update(stopDate=now_iso(), error=run.error, cause=run.cause, status=status)
    stepfunctions._emit_execution_status_event(execution)


def _start_once(original: Original, data: Json) -> Response:
    """Return the running execution if it has the same name and the same input."""
    refusal = _refusal(data)
    if refusal:
        code, message = refusal
        return error_response_json(code, message, 400)
    running = _running_execution(data)
    if running:
        return json_response({"executionArn": running["executionArn"], "startDate": running["startDate"]})
    return original(data)


def _refusal(data: Json) -> tuple[str, str] | None:
    if data.get("name") and not _NAME.fullmatch(data["name"]):
        return "InvalidName", f"Invalid Name: '{data['name']}'"
    try:
        json.loads(data.get("input", "{}"))
    except ValueError as error:
        return "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
    return None


def _running_execution(data: Json) -> Json | None:
    machine = stepfunctions._state_machines.get(
        stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "")) or ""
    )
    if not machine or not data.get("name"):
        return None
    arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine['name']}:{data['name']}"
    execution: Json | None = stepfunctions._executions.get(arn)
    same = execution and execution["status"] == "RUNNING" and execution["input"] == data.get("input", "{}")
    return execution if same else None


def _with_the_latest_events(original: Original, data: Json) -> Response:
    execution, run = stepfunctions._executions.get(data.get("executionArn")), run_of(data.get("executionArn"))
    if execution and run:
        run.copy_history_to(execution)
    return original(data)


def _reset(original: Original) -> None:
    forget_all()
    original()
