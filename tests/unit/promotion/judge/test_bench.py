import os
import re
import subprocess
import sys
from pathlib import Path

from tests.judge_bench.cells import Cell
from tests.judge_bench.figures import Figure, upper_limit
from tests.judge_bench.peers import promoted_by_peers

ROOT = Path(__file__).parents[4]


def test_a_small_grid_reaches_its_figures_and_is_printed() -> None:
    environment = os.environ | {"PYTHONPATH": "functions"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.judge_bench", "--quick"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1. at the tolerance: promoted" in done.stdout
    assert "MISSED" not in done.stdout


def test_a_figure_beyond_its_limit_is_missed() -> None:
    assert Figure("", 1.0, 1.0).holds
    assert not Figure("", 1.0, 1.01).holds


def test_the_upper_limit_is_that_of_clopper_and_pearson() -> None:
    assert upper_limit(0, 299) < 0.01 < upper_limit(0, 298)
    assert upper_limit(5, 5) == 1


def test_an_alarm_on_the_alias_is_blind_while_it_fires_and_one_on_the_version_rejects_every_equal_canary() -> None:
    total_failure = promoted_by_peers(Cell(10, 10, 1.0, 100.0), 300)
    assert total_failure["alarm on alias"] > 0.95
    assert total_failure["alarm on version"] == 0
    equal = promoted_by_peers(Cell(100, 10, 1.0, 0.0), 300)
    assert equal["alarm on version"] == 0
    assert equal["Mann-Whitney"] > 0.9


def test_the_page_has_every_figure_of_the_output_beside_it() -> None:
    page, output = ((ROOT / "docs" / name).read_text() for name in ("judge.md", "judge-bench.txt"))
    rows = output.partition("The figures\n")[2].strip().splitlines()[1:]
    assert len(rows) > 15
    for row in rows:
        what, (limit, measured, sign) = row[:55].strip(), row[55:].split()[:3]
        assert sign == "ok", row
        assert re.search(rf"\| {re.escape(what)}[^|]* \| {limit} \| {measured} \|", page), row
