"""A function or version that is being changed says that it is not ready yet.

Restores: during an update a function stays `Active` with `LastUpdateStatus` `InProgress`, and refuses further changes
with `ResourceConflictException`. It gets another `RevisionId` when the update ends. One that sleeps is `Inactive` until
then. A new version is `Pending` before it is `Active`, and cannot be invoked until then.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

import contextvars
import threading
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

from ministack.core.responses import error_response_json, json_response
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.functions.aliases import qualifier_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_SETTLES_AFTER_SECONDS = 0.3
_ACTIVE = {"State": "Active", "StateReason": "", "StateReasonCode": ""}
# CloudFormation waits for the end of one change before it makes the next.
_waits = contextvars.ContextVar("waits", default=False)


def apply(settings: Settings) -> None:
    """Let changes take a moment, and refuse other changes meanwhile."""
    lambda_svc._schedule_state_transition = _settle_later
    for name in ("_update_code", "_update_config"):
        put_in_front(lambda_svc, name, _one_change_at_a_time)
    put_in_front(lambda_svc, "_publish_version", _publish_when_settled)
    put_in_front(lambda_svc, "_invoke", _refuse_a_pending_version)
    for resource in ("AWS::Lambda::Function", "AWS::Lambda::Version"):
        for operation in ("create", "update"):
            _let_it_wait(provisioners._RESOURCE_HANDLERS[resource], operation)


def _let_it_wait(handlers: dict[str, Callable[..., object]], operation: str) -> None:
    original = handlers[operation]

    def patient(*arguments: object, **options: object) -> object:
        token = _waits.set(True)
        try:
            return original(*arguments, **options)
        finally:
            _waits.reset(token)

    handlers[operation] = patient


def busy(name: str) -> Response | None:
    """Return the refusal of a change if the function is being changed."""
    function = lambda_svc._functions.get(name)
    while function and _waits.get() and function["config"]["LastUpdateStatus"] == "InProgress":
        time.sleep(_SETTLES_AFTER_SECONDS / 10)
    if function is None or function["config"]["LastUpdateStatus"] != "InProgress":
        return None
    arn = function["config"]["FunctionArn"]
    message = f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    return error_response_json("ResourceConflictException", message, 409)


def _one_change_at_a_time(original: Original, name: str, data: Json) -> Response:
    if data.get("DryRun"):
        return original(name, data)
    refusal = busy(name)
    if refusal:
        return refusal
    function = lambda_svc._functions.get(name)
    state = {key: function["config"].get(key) for key in _ACTIVE} if function else {}
    changed: Response = original(name, data)
    if function is None or changed[0] != HTTPStatus.OK:
        return changed
    function["config"].update(state if state["State"] == "Inactive" else _ACTIVE)
    return json_response(function["config"])


def _publish_when_settled(original: Original, name: str, data: Json) -> Response:
    refusal = busy(name)
    if refusal:
        return refusal
    before = set(lambda_svc._functions[name]["versions"]) if name in lambda_svc._functions else set()
    answer: Response = original(name, data)
    function = lambda_svc._functions.get(name)
    for number in set(function["versions"]) - before if function else ():
        version = function["versions"][number]["config"]
        version.update(State="Pending", StateReason="The function is being created.", StateReasonCode="Creating")
        later(activate, version)
        answer = json_response(version, 201)
    return answer


async def _refuse_a_pending_version(
    original: Original, name: str, event: object, headers: dict[str, str], *where: object
) -> Response:
    _, config = lambda_svc._get_func_record_for_qualifier(name, qualifier_of(*where))
    if config and config.get("State") == "Pending":
        message = (
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        )
        return error_response_json("ResourceConflictException", message, 409)
    return await original(name, event, headers, *where)


def _settle_later(name: str, delay: float) -> None:
    function = lambda_svc._functions.get(name)
    if function:
        later(_settle, function["config"])


def later(change: Callable[[Json], None], item: Json, seconds: float = 0) -> None:
    """Make the change after so many seconds, or after a moment if that is longer, in the current account."""
    context = contextvars.copy_context()

    def run() -> None:
        time.sleep(max(seconds, _SETTLES_AFTER_SECONDS))
        context.run(change, item)

    threading.Thread(target=run, daemon=True).start()


def _settle(config: Json) -> None:
    config.update(LastUpdateStatus="Successful", RevisionId=str(uuid.uuid4()))
    activate(config)


def activate(config: Json) -> None:
    """Make a function or version ready."""
    config.update(_ACTIVE)
