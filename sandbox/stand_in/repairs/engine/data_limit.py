"""The most data that a state may be given, may return or may keep.

Restores: a task whose arguments are larger than 256 KiB fails with `States.DataLimitExceeded`, and so does a state that
assigns more than that at once, or more than 10 MiB in all. Nothing catches it by a wildcard. The engine measures
results and outputs only, and counts the spaces that Step Functions does not keep. AWS documents the limits of variables
without the name of their error.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

import json
from typing import Final

from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

PAYLOAD_BYTES: Final = 256 * 1024
_VARIABLES_BYTES: Final = 10 * 1024 * 1024
_ERROR: Final = StatesErrorNameType.StatesStatesDataLimitExceeded


def apply(settings: Settings) -> None:
    """Measure arguments before the call, and variables when they are assigned."""
    for module in (state, state_task_service, state_task_lambda):
        module.is_within_size_quota = _fits
    put_in_front(StateTaskService, "_before_eval_execution", _measured)
    put_in_front(AssignDecl, "_eval_body", _assign)


def _fits(value: object) -> bool:
    return _size(value) <= PAYLOAD_BYTES


def _size(value: object) -> int:
    """Return how many bytes a value has as JSON without spaces."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode())


def _measured(
    original: Original,
    self: StateTaskService,
    env: Environment,
    raw_parameters: Json,
    **details: object,
) -> None:
    self._verify_size_quota(env=env, value=raw_parameters)
    original(self, env=env, raw_parameters=raw_parameters, **details)


def _assign(original: Original, self: AssignDecl, env: Environment) -> None:
    original(self, env)
    stored, traced = env.variable_store._inner_scope, env.variable_store._declaration_tracing
    sizes = {name: _size(value) for name, value in stored.items()}
    if sum(sizes[name] for name in traced & sizes.keys()) > PAYLOAD_BYTES or sum(sizes.values()) > _VARIABLES_BYTES:
        cause = "The variables that the state assigns exceed the maximum number of bytes service limit."
        details = EventDetails(
            executionFailedEventDetails=ExecutionFailedEventDetails(error=_ERROR.to_name(), cause=cause)
        )
        raise FailureEventException(FailureEvent(env, StatesErrorName(_ERROR), HistoryEventType.TaskFailed, details))
