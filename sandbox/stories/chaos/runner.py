"""Runs the cases on a deployed pipeline."""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import NotSeenError, eventually
from sandbox.stand_in.accounts import PROD
from sandbox.stand_in.faults import raises
from sandbox.stories.chaos.cases import Case, Result
from sandbox.stories.chaos.machines import Starter
from sandbox.stories.chaos.target import CASE_SECONDS, REPOSITORY, Target

_AT_A_TIME = 6
"""Each case has processes of its own for most functions, and a cold start takes a second of a core."""


@dataclass
class Chaos:
    """Runs any number of cases side by side."""

    pipeline: Pipeline
    people: Inbox
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run_all(self, of: Iterable[Case]) -> Iterator[Result]:
        """Run the cases. The schedule of the repair is disabled, so that only events start it."""
        self._prepare()
        starter = Starter(self.pipeline)

        def run(case: Case) -> Result:
            name = f"{REPOSITORY}-{next(self._numbers):04}"
            self.pipeline.add_role(name, PROD)
            return _run(case, Target(name, self.pipeline, self.people, starter))

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            yield from pool.map(run, of)

    def _prepare(self) -> None:
        """Add the repository that all cases share."""
        self.pipeline.disable("RepairSchedule")
        self.pipeline.add_repository(REPOSITORY)


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
        target.faults.inject(target.functions["JudgeCanary"], raises("CanaryUnhealthyError"), f'"{target.name}"')
    target.inject(case)
    bake_seconds = 60 if case.task.state == "Bake" and case.fault != "killed once" else 3
    execution = target.start_deployment("2", bake_seconds, case.machine_seconds)
    target.stop_if_asked(case, execution)
    return execution


def _rollback(case: Case, target: Target) -> str:
    """Release versions 1 and 2, then roll back into the fault while version 3 is the canary."""
    target.release("1", "2")
    target.start_deployment("3", bake_seconds=20)
    eventually("the canary", lambda: "3" in target.routing() or None)
    target.inject(case)
    request = {"service": target.name, "environment": "prod"}
    execution = target.starter.start("Rollback", request, case.machine_seconds)
    target.stop_if_asked(case, execution)
    return execution
