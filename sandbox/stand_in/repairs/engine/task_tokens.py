"""Task tokens.

Restores: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat reach the waiting task, in any execution and state. A
token is `TaskTimedOut` if its task has been answered, has failed, has timed out or was stopped, and `InvalidToken` if
it never existed. Every attempt of a retried task has its own token; the engine reuses the old one.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

import json

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackEndpoint,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.engine.runs import all_runs
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Connect the token calls with the engine's tasks."""
    stepfunctions._send_task_success = _send_task_success
    stepfunctions._send_task_failure = _send_task_failure
    stepfunctions._send_task_heartbeat = _send_task_heartbeat
    put_in_front(StateTaskServiceCallback, "_eval_execution", _with_a_token_of_its_own)


def _send_task_success(data: Json) -> Response:
    try:
        json.loads(data.get("output") or "")
    except ValueError:
        return _refuse("InvalidOutput", "Invalid Output: 'Invalid JSON'")
    found = _open_endpoint(data)
    if isinstance(found, CallbackEndpoint):
        found.notify(CallbackOutcomeSuccess(callback_id=found.callback_id, output=data["output"]))
        return _done()
    return found


def _send_task_failure(data: Json) -> Response:
    found = _open_endpoint(data)
    if isinstance(found, CallbackEndpoint):
        outcome = CallbackOutcomeFailure(found.callback_id, error=data.get("error"), cause=data.get("cause"))
        found.notify(outcome)
        return _done()
    return found


def _send_task_heartbeat(data: Json) -> Response:
    found = _open_endpoint(data)
    if isinstance(found, CallbackEndpoint):
        found.notify_heartbeat()
        return _done()
    return found


def _open_endpoint(data: Json) -> CallbackEndpoint | Response:
    token = data.get("taskToken")
    for arn, run in all_runs():
        endpoint = run.env.callback_pool_manager.get(token) if run.env else None
        if endpoint is not None:
            execution = stepfunctions._executions.get(arn)
            over = execution is None or execution["status"] != "RUNNING" or endpoint._notify_event.is_set()
            if over:
                return _refuse("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
            return endpoint
    return _refuse("InvalidToken", "Invalid Token: 'Invalid token'")


def _with_a_token_of_its_own(original: Original, self: StateTaskServiceCallback, env: Environment) -> None:
    if self.resource.condition != ResourceCondition.WaitForTaskToken:
        original(self, env=env)
        return
    context = env.states.context_object.context_object_data
    if context["State"].get("RetryCount"):
        env.callback_pool_manager.add(env.states.context_object.update_task_token())
    try:
        original(self, env=env)
    finally:  # also if the call that should pass the token on has failed
        env.callback_pool_manager.get(context["Task"]["Token"]).interrupt_all()


def _done() -> Response:
    return json_response({})


def _refuse(code: str, message: str) -> Response:
    return error_response_json(code, message, 400)
