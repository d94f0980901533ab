"""Every task of every machine fails once. The tasks are read from the definitions, so that a new one is tested too."""

import heapq
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.sandbox.given import Json
from tests.statemachine import stories
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Answers, Raises, Stage
from tests.template.parsed import MACHINES, definition, states, tasks

Failed = Callable[[str, str], Ended]
TASKS = [(machine, state) for machine in MACHINES for state in tasks(machine)]
DEV, PROD = stories.environment("dev"), stories.environment("prod", is_gated=True)
GATES = [stories.open_gates(DEV), stories.open_gates(PROD, elsewhere=["eu-west-1"])]
NEEDING = stories.resolved(DEV, PROD) | {"needing": ["prod"]}
ASKING = stories.promoted(DEV, PROD) | {"ResolveRelease": NEEDING, "CheckGates": GATES}

# On the way through these every state is entered that is not there for failures.
STORIES: dict[str, tuple[Json, Json]] = {
    "promotion": (stories.PUSH, stories.PROMOTED | ASKING | {"StopWave": stories.stopped(roll_back=["one"])}),
    "deployment": (
        stories.DEPLOYMENT | stories.CHECKED | {"plan": [{**stories.STEP, "bake_seconds": 2}]},
        stories.DEPLOYED | stories.QUESTION | stories.SLOW,
    ),
    "rollback": (
        stories.BY_HAND,
        stories.TAKEN_BACK
        | {"RestoreVersion": [Raises("RevisionAsleepError", "7 sleeps"), stories.TAKEN_BACK["RestoreVersion"]]},
    ),
}

BEGINNING = ["RevisionAsleepError"]
"""What the story of the rollback begins with."""


def failing_on_the_way(machine: str, wanted: str) -> frozenset[str]:
    """The tasks that have to fail for a state to be entered: as few as possible."""
    ways, seen = [(0, definition(machine)["StartAt"], frozenset[str]())], set[str]()
    while ways:
        _, name, failing = heapq.heappop(ways)
        if name == wanted:
            return failing
        if name not in seen:
            seen.add(name)
            for target, failed in _edges(machine, name):
                heapq.heappush(ways, (len(failing | failed), target, failing | failed))
    raise AssertionError(f"no way leads to {wanted}")


def _edges(machine: str, name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Where a state leads to, and what fails when it leads there."""
    state = states(machine)[name]
    inner = _innermost(machine, name)
    following = [inner, state.get("Next"), state.get("Default"), *(each["Next"] for each in state.get("Choices", []))]
    yield from ((target, frozenset()) for target in following if target)
    for catcher in state.get("Catch", []):
        if catcher["ErrorEquals"] == ["States.ALL"]:
            yield catcher["Next"], frozenset({inner or name})
        elif catcher["ErrorEquals"] in (["RevisionAsleepError"], ["TargetSlowError"]) or (
            "States.Timeout" in catcher["ErrorEquals"] and not _is_answered(machine, name)
        ):  # the story begins with it
            yield catcher["Next"], frozenset()


def _innermost(machine: str, name: str) -> str | None:
    """The task with which a Map begins, within how many Maps whatever; None for anything else."""
    begin = states(machine)[name].get("ItemProcessor", {}).get("StartAt")
    return (_innermost(machine, begin) or begin) if begin else None


def _is_answered(machine: str, name: str) -> bool:
    return isinstance(STORIES[machine][1].get(name), Answers)


@pytest.fixture(scope="module")
def failed(stage: Stage) -> Failed:
    """How an execution ends in which what a task calls does not exist."""

    @cache
    def run(machine: str, state: str) -> Ended:
        arn = stage.machine_without(machine, failing_on_the_way(machine, state) | {state})
        return stage.start(arn, *STORIES[machine]).ended()

    return run


@pytest.mark.parametrize(("machine", "state"), TASKS)
def test_no_execution_in_which_a_task_fails_looks_like_a_success(failed: Failed, machine: str, state: str) -> None:
    ran = failed(machine, state)

    assert state in ran.entered
    # RecordRollback raises at its end when it is given problems.
    told = any(payload["problems"] for payload in ran.payloads("RecordRollback"))
    # What WakeVersion could not wake is restored all the same, which RestoreVersion notes.
    restored = state == "WakeVersion" and ran.payloads("RestoreVersion")[-1]["is_last"]
    # What it cannot look at stops nothing: whatever is wrong is found when the release comes there.
    looked_past = state == "CheckAllEnvironments"
    assert ran.status == "FAILED" or told or restored or looked_past


@pytest.mark.parametrize("state", tasks("deployment"))
def test_whatever_fails_is_recorded_which_gives_the_lease_back(failed: Failed, state: str) -> None:
    *_, recording, _, end = failed("deployment", state).entered

    assert recording == "RecordFailure"
    assert end in {"DeploymentFailed", "DeploymentRolledBack"}


IN_A_STEP = states("deployment")["ShiftStepByStep"]["ItemProcessor"]["States"]


@pytest.mark.parametrize("state", sorted(IN_A_STEP.keys() & tasks("deployment")))
def test_whatever_fails_after_the_first_shift_the_traffic_is_rolled_back(failed: Failed, state: str) -> None:
    assert failed("deployment", state).entered[-4:] == [
        "RollBack",
        "RecordFailure",
        "WasRolledBack",
        "DeploymentRolledBack",
    ]
