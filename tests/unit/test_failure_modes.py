"""What docs/failure-modes.md says is tested, and nothing that can fail is missing there."""

import re
from pathlib import Path

import pytest

from tests.template.parsed import MACHINES, tasks

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "failure-modes.md").read_text()
ROWS = [
    row
    for table in re.findall(r"^\| .* \| test \|\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    for row in table.splitlines()
]


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def exists(test: str) -> bool:
    """Whether there is such a `<file>`, or such a `<file>::<function>`."""
    name, _, function = test.partition("::")
    path = TESTS / name
    return path.is_file() and (not function or f"\ndef {function}(" in path.read_text())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", " ", row.split(" | ")[0]).strip())
def test_every_row_names_tests_that_exist(row: str) -> None:
    named = re.findall(r"`([^`]+)`", row.rpartition(" | ")[2])
    assert named
    assert [test for test in named if not exists(test)] == []


def test_every_task_of_a_deployment_and_a_rollback_is_told_of() -> None:
    told = section("One task goes wrong") + section("The last steps fail too")
    assert [
        state for machine in ("deployment", "rollback") for state in tasks(machine) if f"`{state}`" not in told
    ] == []


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_redrive_does_is_told_of_every_task(machine: str) -> None:
    told = "".join(re.findall(rf"^\| {machine} \|(.*?)\|", section("Redrive"), re.MULTILINE))
    assert [state for state in tasks(machine) if f"`{state}`" not in told] == []
