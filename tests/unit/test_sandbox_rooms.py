"""The sandbox has three rooms. Imports run downwards only, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
ROOMS = ("stand_in", "driver", "stories")
"""From the lowest to the highest. The program above them, `sandbox/__main__.py`, may import from each."""


def name_of(file: Path) -> str:
    parts = file.relative_to(SANDBOX.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path, modules: set[str]) -> Iterator[str]:
    """Yield what a module imports of the sandbox, also for type checking only and inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield from (name for name in [inner if inner in modules else str(node.module)] if name in modules)


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    files = {name_of(file): file for file in SANDBOX.rglob("*.py")}
    return {name: set(imported(file, set(files))) for name, file in files.items()}


def height_of(module: str) -> int:
    parts = module.split(".")
    return ROOMS.index(parts[1]) if parts[1:] and parts[1] in ROOMS else len(ROOMS)


def test_every_module_but_the_program_is_in_a_room(imports: dict[str, set[str]]) -> None:
    assert {name for name in imports if height_of(name) == len(ROOMS)} == {"sandbox", "sandbox.__main__"}


@pytest.mark.parametrize(("lower", "upper"), tuple(pairwise(ROOMS)))
def test_every_room_stands_on_the_one_below(imports: dict[str, set[str]], lower: str, upper: str) -> None:
    edges = {(height_of(name), height_of(other)) for name, found in imports.items() for other in found}

    assert (ROOMS.index(upper), ROOMS.index(lower)) in edges


def test_imports_run_downwards_only(imports: dict[str, set[str]]) -> None:
    upwards = [
        f"{name} imports {other}"
        for name, found in imports.items()
        for other in found
        if height_of(other) > height_of(name)
    ]

    assert upwards == []


def test_no_imports_run_in_a_circle(imports: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(f"a circle: {' imports '.join(reversed(circle.args[1]))}")
