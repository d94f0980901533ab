"""Runs the cases on a deployed pipeline."""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import NotSeenError, eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.faults import raises
from sandbox.stories.chaos.cases import Case, Result
from sandbox.stories.chaos.ecs_target import ServiceTarget
from sandbox.stories.chaos.kinds import POLICY, Kind
from sandbox.stories.chaos.lambda_targets import LambdaTarget
from sandbox.stories.chaos.machines import Starter
from sandbox.stories.chaos.situations import Situation
from sandbox.stories.chaos.target import CASE_SECONDS, Target

_PREFIX = "cowsay-chaos"
_AT_A_TIME = 6
"""Each case has processes of its own for most functions, and a cold start takes a second of a core."""


@dataclass
class Chaos:
    """Runs any number of cases side by side."""

    pipeline: Pipeline
    people: Inbox
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run_all(self, of: Iterable[Case | Situation]) -> Iterator[Result]:
        """Run the cases. The schedule of the repair is disabled, so that only events start it."""
        self.pipeline.disable("RepairSchedule")
        starter = Starter(self.pipeline)

        def run(case: Case | Situation) -> Result:
            target = case.kind.target(f"{_PREFIX}-{next(self._numbers):04}", self.pipeline, self.people, starter)
            target.make()
            return _run(case, target) if isinstance(case, Case) else _meet(case, target)

        self.pipeline.upload_policy(POLICY)
        try:
            with ThreadPoolExecutor(_AT_A_TIME) as pool:
                yield from pool.map(run, of)
        finally:
            self.pipeline.delete_policy()


def _meet(situation: Situation, target: Target) -> Result:
    """Let a rollback meet the situation, and check what became of it."""
    try:
        execution, broken = situation.story(target)
    except NotSeenError as error:
        return Result(situation, "unknown", "?", (str(error),))
    return Result(situation, str(target.pipeline.describe(execution)["status"]), target.routing(), broken)


def _run(case: Case, target: Target) -> Result:
    """Run the case on its target, and check what became of it."""
    try:
        execution = _deployment(case, target) if case.task.machine == "Deployment" else _rollback(case, target)
        status = str(target.pipeline.wait(execution, CASE_SECONDS)["status"])
        broken = target.settled(execution, case.version, is_notified=case.is_notified(status))
        if not target.faults.hits(target.name):
            broken = (*broken, "the fault did not happen")
    except NotSeenError as error:
        return Result(case, "unknown", "?", (str(error),))
    finally:
        target.faults.clear(target.name)
    return Result(case, status, target.routing(), broken)


def _deployment(case: Case, target: Target) -> str:
    """Release version 1, then deploy version 2 into the fault."""
    target.release("1")
    if not case.task.is_on_the_way:
        _turn_back(case.kind, target)
    _inject(case, target)
    bake_seconds = 60 if case.task.state == "Bake" and case.fault != "killed once" else 3
    bake_seconds = bake_seconds if case.kind.splits_traffic else 0
    execution = target.start_deployment("2", bake_seconds, case.machine_seconds)
    if case.needs_a_slow_service and isinstance(target, ServiceTarget):
        _slow_down(case, target)
    _stop_if_asked(case, target, execution)
    return execution


def _slow_down(case: Case, target: ServiceTarget) -> None:
    """Let the service need as long as the machine has, for the step that the case's task waits for."""
    if case.task.state == "AwaitCompletion":
        eventually("the canary", lambda: "2" in target.routing() or None)
    target.troubles.shift_slowly(target.in_cluster, case.kind.machine_seconds)


def _turn_back(kind: Kind, target: Target) -> None:
    """Let the deployment fail once its version has traffic."""
    error = "CanaryUnhealthyError" if kind.splits_traffic else "UnforeseenError"
    target.faults.inject(target.functions[kind.ends_it], raises(error), f'"{target.service}"')


def _rollback(case: Case, target: Target) -> str:
    """Release versions 1 and 2, then roll back into the fault while version 3 is the canary, if there are canaries.

    A task that is not on the way is reached because version 2 sleeps.
    """
    target.release("1", "2")
    if case.kind.splits_traffic:
        target.start_deployment("3", bake_seconds=20)
        eventually("the canary", lambda: "3" in target.routing() or None)
    if not case.task.is_on_the_way and isinstance(target, LambdaTarget):
        target.put_to_sleep("2")
    _inject(case, target)
    request = {"service": target.service, "environment": "prod"}
    execution = target.starter.start("Rollback", request, case.machine_seconds)
    _stop_if_asked(case, target, execution)
    return execution


def _inject(case: Case, target: Target) -> None:
    """Let the case's fault hit its task."""
    fault, times = case.injected
    target.faults.inject(case.task.function, fault, target.name, times)


def _stop_if_asked(case: Case, target: Target, execution: str) -> None:
    """Stop the execution while the task's answer is held back, if that is the case's fault."""
    if case.fault == "stopped":
        eventually("a task that has done its work", lambda: target.faults.held(target.name) or None, CASE_SECONDS)
        sfn = target.pipeline.stand_in.client("stepfunctions", ASSETS)
        sfn.stop_execution(executionArn=execution, error="Operator", cause="somebody pressed Stop execution")
