"""StopExecution, and how an execution waits for another.

Restores: a stopped execution does nothing more, whatever it was waiting for. Its history ends at once, with
`ExecutionAborted`. Tokens that it waited for are `TaskTimedOut`. An execution that it started with `.sync` is stopped
too, by the machine's role, which needs `states:StopExecution` for it (best effort, as on AWS). While it waits for such
an execution, it makes one call at the beginning and one at the end; the engine makes many.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

import datetime
import logging
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_sfn
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

from sandbox.stand_in.repairs.engine.runs import run_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.5


def apply(settings: Settings) -> None:
    """Let a stop reach the engine."""
    put_in_front(stepfunctions, "_stop_execution", _stop)
    put_in_front(StateTaskServiceSfn, "_build_sync_resolver", _name_the_child)
    put_in_front(StateTaskServiceSfn, "_build_sync2_resolver", _name_the_child)
    put_in_front(StateTaskServiceSfn, "_eval_sync", _stop_the_child_too)


def _stop(original: Original, data: Json) -> Response:
    execution, run = stepfunctions._executions.get(data.get("executionArn")), run_of(data.get("executionArn"))
    if run is None or execution is None or execution["status"] != "RUNNING":
        return original(data)
    run.copy_history_to(execution)
    run.history_is_final = True
    answer: Response = original(data)
    if run.env is not None:
        run.stop(datetime.datetime.now(datetime.UTC), data.get("error"), data.get("cause"))
    run.let_go()
    run.has_ended.set()
    return answer


@dataclass
class Child:
    """An execution that was started with `.sync`. Calling it returns the result, or None while it runs."""

    arn: str
    resolve: Any
    client: Any
    asked: bool = False

    def __call__(self) -> object:
        """Ask Step Functions once at the beginning, so that the role needs the permission, and once at the end."""
        if self.asked and self._is_running():
            return None
        self.asked = True
        return self.resolve()

    def _is_running(self) -> bool:
        """Wait for a moment, and return whether the execution still runs."""
        run = run_of(self.arn)
        if run is not None:
            run.has_ended.wait(_LOOK_AGAIN_SECONDS)
        region, account = self.arn.split(":")[3:5]
        execution = stepfunctions._executions.get_scoped(account, region, self.arn)
        return execution is not None and execution["status"] == "RUNNING"

    def stop(self) -> None:
        """Stop the execution, if the machine's role may."""
        try:
            self.client.stop_execution(executionArn=self.arn)
        except ClientError as error:
            _log.warning("%s continues although its parent was stopped: %s", self.arn, error)


def _name_the_child(original: Original, self: StateTaskServiceSfn, env: Environment, **details: Any) -> Child:  # noqa: ANN401
    arn = env.stack[-1]["ExecutionArn"]
    client = state_task_service_sfn.boto_client_for(
        service="stepfunctions",
        region=details["resource_runtime_part"].region,
        state_credentials=details["state_credentials"],
    )
    return Child(arn, original(self, env=env, **details), client)


def _stop_the_child_too(
    original: Original,
    self: StateTaskServiceSfn,
    env: Environment,
    sync_resolver: Child,
    **details: Any,  # noqa: ANN401
) -> object:
    """Wait for the child. If anything but its own timeout ends the wait early, stop the child."""
    result = original(self, env=env, sync_resolver=sync_resolver, **details)
    has_ended = isinstance(result, dict)
    if not has_ended and not env.is_running() and not isinstance(env.program_state(), ProgramEnded):
        sync_resolver.stop()
    return result
