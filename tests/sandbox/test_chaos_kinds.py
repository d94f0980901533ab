"""That the fault matrix has each kind of target, and leaves out no task by a wrong name."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gantry.targets.registry import KINDS as REGISTERED
from sandbox.stand_in.workspace import ROOT
from sandbox.stories.chaos.cases import FAULTS, Case
from sandbox.stories.chaos.kinds import IMAGES, KINDS, POINTERS, SERVICES, STAGES, Kind
from sandbox.stories.chaos.machines import Task

SHIFT, RESTORE = Task("Deployment", "ShiftTraffic", "f", True), Task("Rollback", "RestoreVersion", "f", True)

WAIT = Task("Deployment", "AwaitShift", "f", True)


def task_names(machine: dict[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name
        yield from task_names(state.get("ItemProcessor", {"States": {}}))


def test_each_kind_of_target_has_cases() -> None:
    assert {kind.name.split()[0] for kind in KINDS} == set(REGISTERED)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_tasks_of_a_kind_are_in_the_machines(kind: Kind) -> None:
    machines = [
        json.loads((ROOT / "statemachine" / f"{each}.asl.json").read_text()) for each in ("deployment", "rollback")
    ]
    found = {name for machine in machines for name in task_names(machine)}
    assert (kind.states or set()) | {kind.ends_it} <= found


def test_only_what_splits_traffic_has_cases_of_a_shift() -> None:
    assert (STAGES.has(SHIFT), POINTERS.has(SHIFT)) == (True, False)


def test_only_a_slow_service_has_cases_of_the_wait_for_it() -> None:
    assert [kind for kind in KINDS if kind.has(WAIT)] == [SERVICES]
    assert IMAGES.has(SHIFT)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rollback_that_did_not_begin_leaves_the_newest_version(fault: str) -> None:
    has_begun = fault not in {"raises", "times out", "throttled"}
    assert Case(RESTORE, fault, STAGES).version == ("2" if has_begun else "3")
    assert Case(RESTORE, fault, POINTERS).version == ("1" if has_begun else "2")
