"""The names by which `Retry` and `Catch` see errors.

Restores: an error keeps its name when it leaves a `Map` or `Parallel`. The engine turns Step Functions' own errors
(`States.TaskFailed`, `States.Timeout`, `States.QueryEvaluationError`) into `States.Runtime` there. An SDK integration's
errors have the service's name in Step Functions' spelling (`Lambda.ResourceNotFoundException`). An error that the
service does not model, such as a refusal by IAM, has the service's general name (`Lambda.AWSLambdaException`). One of
the SDK itself, such as a lost connection, is `Lambda.SdkClientException`. Nothing catches `States.Runtime`,
`States.ALL` does not catch an exceeded data limit, and `States.TaskFailed` does not catch a timeout.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import functools

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Let errors keep their names."""
    for module in (iteration_worker, branches_decl, state_task_service_callback):
        module.CustomErrorName = name_of
    StateTaskServiceAwsSdk._normalise_service_error_name = staticmethod(_service_name)
    ErrorEqualsDecl._eval_body = _matches
    for task, service in _OPTIMIZED.items():
        put_in_front(task, "_from_error", functools.partial(_with_general_name, service))


def name_of(error_name: str | None) -> ErrorName:
    """Return the engine's object for an error's name, Step Functions' own or another."""
    try:
        return StatesErrorName.from_name(error_name)
    except ValueError:
        name = CustomErrorName(None)
        name.error_name = error_name
        return name


def _matches(self: ErrorEqualsDecl, env: Environment) -> None:
    error = env.stack.pop().error_name
    names = {each.error_name for each in self.error_names}
    by_name = error in names
    by_wildcard = ("States.ALL" in names and error != "States.DataLimitExceeded") or (
        "States.TaskFailed" in names and error not in ("States.Timeout", "States.DataLimitExceeded")
    )
    env.stack.append(error != "States.Runtime" and (by_name or by_wildcard))


def _service_name(service: str) -> str:
    return stepfunctions._AWS_SDK_ERROR_PREFIX.get(service.lower(), service[:1].upper() + service[1:])


_OPTIMIZED = {
    StateTaskServiceLambda: "lambda",
    StateTaskServiceSfn: "stepfunctions",
    StateTaskServiceDynamoDB: "dynamodb",
    StateTaskServiceEvents: "events",
}
_GENERAL_NAMES = {
    "lambda": "Lambda.AWSLambdaException",
    "stepfunctions": "StepFunctions.AWSStepFunctionsException",
    "dynamodb": "DynamoDB.AmazonDynamoDBException",
    "events": "EventBridge.AmazonEventBridgeException",
}


def _with_general_name(service: str, original: Original, self: object, env: Environment, ex: Exception) -> FailureEvent:
    failure: FailureEvent = original(self, env=env, ex=ex)
    if isinstance(ex, BotoCoreError):
        _rename(failure, f"{_GENERAL_NAMES[service].split('.')[0]}.SdkClientException")
    if isinstance(ex, ClientError):
        name, code = _GENERAL_NAMES[service], ex.response["Error"]["Code"]
        if code in _modelled_errors(service):
            name = f"{name.split('.')[0]}.{code.removesuffix('Exception')}Exception"
        _rename(failure, name)
    return failure


def _rename(failure: FailureEvent, name: str) -> None:
    failure.error_name = name_of(name)
    failure.event_details["taskFailedEventDetails"]["error"] = name


@functools.cache
def _modelled_errors(service: str) -> frozenset[str]:
    model = botocore.session.get_session().get_service_model(service)
    return frozenset(getattr(shape, "error_code", None) or shape.name for shape in model.error_shapes)
