"""Waits are shorter, and end with the execution.

For speed, not fidelity: the stand-in's time scale multiplies `Wait` states and the pauses between retries. It does not
change `TimeoutSeconds` and `HeartbeatSeconds`, because they guard real work, which is not faster here.
Restores: no wait continues in an execution that was stopped or has failed. The engine sleeps on.
"""

import time
import types

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.settings import Settings

_LOOK_AGAIN_SECONDS = 0.2


def apply(settings: Settings) -> None:
    """Scale the engine's waits, and interrupt them."""

    def wait(self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        end = time.monotonic() + wait_seconds * settings.time_scale
        while env.is_running() and (left := end - time.monotonic()) > 0:
            env.program_state_event.wait(min(left, _LOOK_AGAIN_SECONDS))

    WaitFunction._wait_interval = wait
    retrier_decl.time = types.SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * settings.time_scale))
    state_task_service_callback._DELAY_SECONDS_SYNC_CONDITION_CHECK = _LOOK_AGAIN_SECONDS / 4
