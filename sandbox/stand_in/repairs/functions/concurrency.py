"""How many invocations run at once, and how many processes stay for the next ones.

Not fidelity, but this machine: AWS has a machine for each of up to 1,000 concurrent invocations, and here all of them
share one. So the tasks of state machines and asynchronous invocations wait for a free slot, first come, first served,
before their timeouts begin. An invocation that a function, an API or a test makes and waits for needs no slot: its
caller may hold one, and would wait for itself. If there are too many processes, the one that has been idle for longest
makes room for a new one.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_LOOK_AGAIN_SECONDS = 1.0


class Slots:
    """A number of slots, given to those who wait in the order in which they came."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def one(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[bool]:
        """Hold a slot as soon as there is one. Yield whether it is held: not if it is no longer wanted before."""
        held = self._acquire(is_wanted)
        try:
            yield held
        finally:
            if held:
                self._release()

    def _acquire(self, is_wanted: Callable[[], bool]) -> bool:
        turn = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(turn)
        while not turn.wait(_LOOK_AGAIN_SECONDS):
            if not is_wanted():
                with self._lock:
                    if not turn.is_set():
                        self._waiting.remove(turn)
                        return False
        return True

    def _release(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


# Whether the current invocation is asynchronous and has no slot yet.
_needs_slot: ContextVar[bool] = ContextVar("needs_slot", default=False)


def apply(settings: Settings) -> None:
    """Let invocations wait, and end idle processes."""
    slots = Slots(settings.limits.invocations)

    def evaluate(original: Original, self: StateTaskServiceLambda, env: Environment) -> None:
        """Run a task that waits for its function, and hold a slot meanwhile."""
        if _waits_for_a_token(self):
            original(self, env)
            return
        with slots.one(env.is_running) as held:
            if held:
                original(self, env)

    def call(original: Original, self: StateTaskServiceLambda, env: Environment, **details: Any) -> None:  # noqa: ANN401
        """Call the function. A task that waits for a token holds a slot during the call only."""
        if not _waits_for_a_token(self):
            original(self, env=env, **details)
            return
        with slots.one(env.is_running) as held:
            if held:
                original(self, env=env, **details)

    def execute(original: Original, func: Json, event: object) -> Json:
        result: Json
        if not _needs_slot.get():
            result = original(func, event)
            return result
        with slots.one():
            token = _needs_slot.set(False)
            try:
                result = original(func, event)
            finally:
                _needs_slot.reset(token)
        return result

    put_in_front(StateTaskServiceLambda, "_evaluate_with_timeout", evaluate)
    put_in_front(StateTaskServiceLambda, "_eval_service_task", call)
    put_in_front(lambda_svc, "invoke_async_with_retry", _asynchronously)
    put_in_front(lambda_svc, "_execute_function", execute)
    put_in_front(lambda_svc, "acquire_worker", _make_room(settings.limits.processes))


def _waits_for_a_token(task: StateTaskServiceLambda) -> bool:
    return bool(task.resource.condition == ResourceCondition.WaitForTaskToken)


def _asynchronously(original: Original, func: Json, event: object) -> None:
    token = _needs_slot.set(True)  # the thread that invokes the function starts with a copy
    try:
        original(func, event)
    finally:
        _needs_slot.reset(token)


def _make_room(most: int) -> Callable[..., object]:
    """Return what ends the processes that have been idle for longest, before another is started."""

    def acquire(
        original: Original,
        name: str,
        config: Json,
        code: bytes,
        qualifier: str = "$LATEST",
        **details: Any,  # noqa: ANN401 -- the library's own
    ) -> object:
        with lambda_runtime._lock:
            pools = lambda_runtime._workers
            own = pools.get(lambda_runtime._worker_key(name, config, qualifier), [])
            is_new = all(worker.in_use for worker in own)
            idle = sorted(
                (
                    (worker.last_used, key, worker)
                    for key, pool in pools.items()
                    for worker in pool
                    if not worker.in_use
                ),
                key=lambda each: each[0],
            )
            gone = idle[: max(0, sum(map(len, pools.values())) + 1 - most)] if is_new else []
            for _, key, worker in gone:
                pools[key].remove(worker)
        lambda_runtime.kill_workers([worker for *_, worker in gone])
        return original(name, config, code, qualifier=qualifier, **details)

    return acquire
