"""`make` alone shows what there is, and each program that it runs finds its modules."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
PROGRAMS = dict.fromkeys(re.findall(r"(PYTHONPATH=functions )?\$\(BIN\)/python -m ((?:sandbox|tests)[\w.]*)", MAKEFILE))


def _lines_of(command: str) -> list[str]:
    return subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    shown = _lines_of("make")

    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert targets is not None
    listed = [found.groups() for line in shown if (found := re.fullmatch(r"  make (\S+) +(\S.*)", line))]
    assert [name for name, _ in listed] == targets[1].split()
    assert max(len(line) for line in shown) <= 80


@pytest.mark.parametrize(("path", "module"), PROGRAMS, ids=[module for _, module in PROGRAMS])
def test_a_program_finds_its_modules(path: str, module: str) -> None:
    """They are found in the checkout, because the project is not installed."""
    environment = {"PYTHONPATH": "functions"} if path else {}
    package = ROOT / module.replace(".", "/")
    code = f"import importlib; importlib.import_module({f'{module}.__main__' if package.is_dir() else module!r})"

    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
