"""Which execution waits for the current invocation.

The engine names it in a header of its calls. AWS has no such header.
"""

from contextvars import ContextVar
from typing import Any

from botocore import handlers
from ministack.services import lambda_svc, stepfunctions
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.replacing import Original, Response, put_in_front

_HEADER = "x-sandbox-execution"
_asks: ContextVar[str] = ContextVar("asks", default="")  # in the engine: the execution that invokes
_waits: ContextVar[str] = ContextVar("waits", default="")  # in Lambda: the execution that the invocation is for


def apply() -> None:
    """Carry the execution's ARN from the engine to the invocation."""
    put_in_front(StateTaskServiceLambda, "_eval_service_task", _ask)
    put_in_front(lambda_svc, "_invoke", _hear)
    handlers.BUILTIN_HANDLERS.append(("before-call.lambda.Invoke", _name))  # for every client that is made after this


def is_awaited() -> bool:
    """Whether anything can still wait for the answer of the current invocation."""
    arn = _waits.get()
    if not arn:
        return True
    region, account = arn.split(":")[3:5]
    execution = stepfunctions._executions.get_scoped(account, region, arn)
    return execution is not None and execution["status"] == "RUNNING"


def _ask(original: Original, self: StateTaskServiceLambda, env: Environment, **details: Any) -> None:  # noqa: ANN401 -- as the engine's
    token = _asks.set(env.states.context_object.context_object_data["Execution"]["Id"])
    try:
        original(self, env=env, **details)
    finally:
        _asks.reset(token)


def _name(params: dict[str, Any], **_: object) -> None:
    if _asks.get():
        params["headers"][_HEADER] = _asks.get()


async def _hear(original: Original, name: str, event: object, headers: dict[str, str], *where: object) -> Response:
    token = _waits.set(headers.get(_HEADER, ""))
    try:
        answer: Response = await original(name, event, headers, *where)
    finally:
        _waits.reset(token)
    return answer
