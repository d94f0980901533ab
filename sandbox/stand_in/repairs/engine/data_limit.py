"""The most data that a state may be given.

Restores: a task whose arguments are larger than 256 KiB fails with `States.DataLimitExceeded`, which nothing catches by
a wildcard. The engine measures results only.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Measure the arguments before the call."""
    put_in_front(StateTaskService, "_before_eval_execution", _measured)


def _measured(
    original: Original,
    self: StateTaskService,
    env: Environment,
    raw_parameters: Json,
    **details: object,
) -> None:
    self._verify_size_quota(env=env, value=raw_parameters)
    original(self, env=env, raw_parameters=raw_parameters, **details)
