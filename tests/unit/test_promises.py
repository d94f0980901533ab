"""`tests/promises.yaml` is up to date: each promise, failure mode, error and threat of the pages has its tests."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.template.parsed import tasks

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
PROMISES: dict[str, dict[str, list[str]]] = yaml.safe_load((TESTS / "promises.yaml").read_text())
NAMED = sorted({test for rows in PROMISES.values() for tests in rows.values() for test in tests})
TABLES = {
    "promises": (DOCS / "architecture.md", "promise | what keeps it"),
    "failure_modes": (DOCS / "operations.md", "you see | what happens by itself | you do"),
    "errors": (DOCS / "operations.md", "error | when | you do"),
    "threats": (DOCS / "approvals.md", "threat | defence"),
}


def rows(page: Path, header: str) -> Iterator[tuple[str, str]]:
    """What each row of the tables with this header begins with, in bold or as code, and the row."""
    for table in re.findall(rf"^\| {re.escape(header)} \|\n\|[-|]+\|\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE):
        for row in table.splitlines():
            found = re.match(r"\| (?:\*\*(.+?)\*\*|(`.+?`)(?= \|))", row)
            assert found, f"no name: {row}"
            yield (found[1] or found[2]).replace("`", ""), row


@cache
def names_in(file: str) -> frozenset[str]:
    """The tests of a file."""
    path = TESTS / file
    body = ast.parse(path.read_text()).body if path.is_file() else []
    return frozenset(each.name for each in body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"))


@pytest.mark.parametrize("name", PROMISES)
def test_every_row_of_the_page_has_its_tests_here_and_no_other_is_here(name: str) -> None:
    described = [row for row, _ in rows(*TABLES[name])]
    assert sorted(described) == sorted(PROMISES[name])


@pytest.mark.parametrize("name", ["promises", "failure_modes", "errors"])
def test_every_promise_failure_mode_and_error_has_a_test(name: str) -> None:
    assert [row for row, tests in PROMISES[name].items() if not tests] == []


def test_a_threat_without_a_test_is_one_that_the_page_calls_not_defended() -> None:
    described = dict(rows(*TABLES["threats"]))
    untested = [name for name, tests in PROMISES["threats"].items() if not tests]
    assert [name for name in untested if "**Not defended" not in described[name]] == []


@pytest.mark.parametrize("test", NAMED, ids=lambda test: test.rpartition("/")[2])
def test_every_test_that_is_named_exists(test: str) -> None:
    file, _, function = test.partition("::")
    assert function in names_in(file)


def test_every_task_of_a_deployment_and_a_rollback_is_on_the_page_for_people_on_call() -> None:
    page = (DOCS / "operations.md").read_text()
    assert [
        state for machine in ("deployment", "rollback") for state in tasks(machine) if f"`{state}`" not in page
    ] == []
