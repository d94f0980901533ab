"""The executions that the engine runs, by their ARN."""

import datetime
import json
import threading
import types
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import ExecutionDetails
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker, SyncExecutionWorker

from sandbox.stand_in.repairs.engine.log_delivery import log_session
from sandbox.stand_in.repairs.replacing import Json


class Run(Execution):
    """One execution. `start` returns when it has ended."""

    history_is_final = False

    def __init__(self, **details: Any) -> None:  # noqa: ANN401 -- the engine's own
        super().__init__(**details)
        self.has_ended = threading.Event()
        """Who waits for the execution waits for this: looking again and again would keep the others from running."""

    @property
    def env(self) -> Environment | None:
        """The engine's state of the execution; None before its start."""
        return self.exec_worker.env if self.exec_worker else None

    def _get_start_execution_worker(self) -> ExecutionWorker:
        worker = super()._get_start_execution_worker()
        worker.__class__ = SyncExecutionWorker
        return worker

    def get_start_execution_details(self) -> ExecutionDetails:
        """Return the details with the start in ISO 8601, as the context object has it.

        https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        details = super().get_start_execution_details()
        details.start_time = self.start_date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return details

    def copy_history_to(self, execution: Json) -> None:
        """Update the stored execution's history, unless the history is final."""
        if self.env is not None and not self.history_is_final:
            execution["events"] = json.loads(to_json_str(self.env.event_manager.get_event_history()))

    def let_go(self) -> None:
        """Wake every task that waits for a token, because no answer can reach it any more."""
        if self.env is not None:
            for endpoint in list(self.env.callback_pool_manager._pool.values()):
                endpoint.interrupt_all()


_runs: dict[str, Run] = {}


def run_of(execution_arn: str | None) -> Run | None:
    """Return the run of an execution, if it has been started."""
    return _runs.get(execution_arn or "")


def all_runs() -> list[tuple[str, Run]]:
    """Return every run, newest first."""
    return list(reversed(_runs.items()))


def forget_all() -> None:
    """Stop and drop every run."""
    for run in _runs.values():
        if run.env is not None:
            run.stop(datetime.datetime.now(datetime.UTC), None, "reset")
        run.let_go()
    _runs.clear()


def new_run(execution: Json, machine: Json) -> Run:
    """Make a run of a stored execution of a stored machine or machine version."""
    machine_arn, kind = execution["stateMachineArn"], machine.get("type", "STANDARD")
    name = stepfunctions._state_machines[machine_arn]["name"]
    instance: Any = types.SimpleNamespace(
        arn=machine_arn, name=name, sm_type=kind, definition=machine["definition"], source_arn=machine_arn
    )
    run = Run(
        name=execution["name"],
        sm_type=kind,
        role_arn=machine["roleArn"],
        exec_arn=execution["executionArn"],
        account_id=get_account_id(),
        region_name=get_region(),
        state_machine=instance,
        start_date=datetime.datetime.now(datetime.UTC),
        cloud_watch_logging_session=log_session(execution["executionArn"], machine_arn, machine),
        activity_store={},
        input_data=execution["input"],
    )
    _runs[run.exec_arn] = run
    return run
