"""A part of the fault matrix, the same each time: every task of both machines, each fault, and all situations."""

import random
from collections.abc import Iterator

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stories.chaos.cases import FAULTS, Case, Result
from sandbox.stories.chaos.kinds import IMAGES, POINTERS, SERVICES, STAGES
from sandbox.stories.chaos.machines import tasks
from sandbox.stories.chaos.runner import Chaos
from sandbox.stories.chaos.situations import SITUATIONS

SEED = 4
ALWAYS = (
    ("AcquireLease", "killed"),
    ("RecordRelease", "killed"),
    ("RecordRelease", "stopped"),
    ("RecordFailure", "raises"),
    ("RestoreVersion", "raises"),
    ("RestoreVersion", "killed"),
)
"""Where there is more to lose than elsewhere."""
OF_KINDS = (
    (POINTERS, "PrepareRevision", "killed"),
    (POINTERS, "CompleteDeployment", "killed"),
    (POINTERS, "CompleteDeployment", "stopped"),
    (STAGES, "PrepareRevision", "killed"),
    (STAGES, "ShiftTraffic", "killed"),
    (STAGES, "CompleteDeployment", "stopped"),
    (SERVICES, "ShiftTraffic", "killed"),
    (SERVICES, "AwaitShift", "stopped"),
    (SERVICES, "AwaitCompletion", "killed"),
)
"""The worst for kinds that other tests here use less: between two writes, and between a write and its record."""


def sample(pipeline: Pipeline) -> Iterator[Case]:
    """One fault for each task that functions have, and then those that are always in it."""
    chance = random.Random(SEED)  # noqa: S311 -- decides nothing but the choice
    left: list[str] = []
    for task in filter(IMAGES.has, tasks(pipeline)):
        left = left or chance.sample(FAULTS, len(FAULTS))
        yield Case(task, left.pop())
    for task in tasks(pipeline):
        yield from (Case(task, fault) for state, fault in ALWAYS if state == task.state)
        yield from (Case(task, fault, kind) for kind, state, fault in OF_KINDS if state == task.state)


@pytest.fixture(scope="module")
def results(pipeline: Pipeline, people: Inbox) -> list[Result]:
    return list(Chaos(pipeline, people).run_all([*sample(pipeline), *SITUATIONS]))


def test_whatever_goes_wrong_the_target_ends_in_the_state_that_is_known_beforehand(results: list[Result]) -> None:
    assert [f"{result.case}: {result}: {result.broken}" for result in results if result.broken] == []


def test_every_task_is_in_it_and_every_fault(results: list[Result], pipeline: Pipeline) -> None:
    matrix = [result.case for result in results if isinstance(result.case, Case)]
    assert {case.task for case in matrix} == set(tasks(pipeline))
    assert {case.fault for case in matrix} == set(FAULTS)


def test_the_worst_cases_of_other_kinds_are_in_it(results: list[Result]) -> None:
    matrix = [result.case for result in results if isinstance(result.case, Case)]
    assert {(case.kind, case.task.state, case.fault) for case in matrix} >= set(OF_KINDS)
