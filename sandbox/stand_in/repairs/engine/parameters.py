"""The names of parameters and results in AWS integrations.

Restores: a definition writes PascalCase names for every service, whatever the service's own API calls them, and gets
PascalCase back. Moto leaves the step empty that translates them by the service's model.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import functools
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Fill in the two empty steps."""
    StateTaskService._normalise_parameters = _to_the_service
    StateTaskService._normalise_response = _from_the_service


def _to_the_service(
    self: StateTaskService,
    parameters: Json,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation_of(self, boto_service_name, service_action_name)
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, operation.input_shape)


def _from_the_service(
    self: StateTaskService,
    response: Any,  # noqa: ANN401 -- whatever the service answered
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation_of(self, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)


def _operation_of(task: StateTaskService, service: str | None, action: str | None) -> OperationModel | None:
    return _operation(task._get_boto_service_name(service), task._get_boto_service_action(action))


@functools.cache
def _operation(service: str, action: str) -> OperationModel | None:
    model = botocore.session.get_session().get_service_model(service)
    names = [name for name in model.operation_names if xform_name(name) == xform_name(action)]
    return model.operation_model(names[0]) if names else None
