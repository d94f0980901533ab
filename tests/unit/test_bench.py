"""What the bench makes of its figures: counts and outcomes can fail it, times cannot."""

from collections import Counter
from pathlib import Path

import pytest

from sandbox.stories.bench import __main__ as bench
from sandbox.stories.bench import calls, cold, packages, peer
from sandbox.stories.bench.rows import Count, Outcome, Row, Seconds, table


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (Count("calls", 55, 55), True),
        (Count("calls", 56, 55), False),
        (Outcome("no traffic", "stable", "stable", "promoted"), True),
        (Outcome("no traffic", "new", "stable", "promoted"), False),
        (Seconds("import", 1, 2), True),
        (Seconds("import", 3, 2), True),
    ],
)
def test_only_counts_and_outcomes_fail(row: Row, holds: bool) -> None:
    assert row.holds is holds


def test_a_row_tells_that_it_is_over_its_budget() -> None:
    assert Count("package", 12.34, 12, "", " MB").cells() == ("package", "12.34 MB", "≤ 12 MB", "", "over budget")
    assert Seconds("import", 3, 2).cells() == ("import", "3.00 s", "≤ 2 s", "", "slower than planned")
    assert Seconds("import", 3).cells() == ("import", "3.00 s", "", "", "")
    assert Outcome("no traffic", "new", "stable", "promoted").cells()[4] == "not as it has to be"


def test_the_table_has_the_peers_figures_beside_ours() -> None:
    head, row = table([Count("calls", 55, 60, "15")], "the peer").splitlines()
    assert head.split() == ["ours", "budget", "the", "peer"]
    assert row.split() == ["calls", "55", "≤", "60", "15"]


@pytest.mark.parametrize(("over", "code"), [([], 0), ([Count("calls", 2, 1)], 1)])
def test_the_exit_code_says_whether_a_count_is_over_its_budget(
    over: list[Row], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "rows", lambda: [Seconds("import", 3, 2), *over])
    assert bench.main([bench.PACKAGES]) == code
    assert f"1 of {1 + len(over)} figures are as they have to be" in capsys.readouterr().out


def test_a_part_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["calls", "coffee"])
    assert "no such part: coffee" in capsys.readouterr().err


def test_a_part_that_stops_halfway_fails_the_bench_and_keeps_no_other_from_being_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> list[Row]:
        raise RuntimeError("out of disk")

    monkeypatch.setattr(packages, "rows", stopped)
    assert bench.main([bench.PACKAGES]) == 1
    told = capsys.readouterr()
    assert "all of packages  stopped: RuntimeError" in told.out
    assert "out of disk" in told.err


@pytest.fixture
def figures() -> str:
    page = (Path(__file__).resolve().parents[2] / "docs" / "architecture.md").read_text()
    return " ".join(page.partition("\n## Figures\n")[2].partition("\n## ")[0].split())


def test_the_page_has_our_figures_for_as_many_steps_as_the_peers(figures: str) -> None:
    ours = f"{calls.CALLS[3]} | {calls.CALLS[10]}"
    assert f"| calls besides looks that wait | {ours} | {peer.DEPLOYMENTS[3].calls} |" in figures


def test_the_page_says_how_much_cold_functions_took_before(figures: str) -> None:
    took = list(cold.BEFORE.values())
    assert {before: figures.count(f"| {before} s |") for before in took} == dict(Counter(took))


def test_the_page_has_the_peers_figures_that_the_bench_prints(figures: str) -> None:
    assert peer.NAME in figures
    assert f"in {peer.MEASURED}" in figures
    few, many = peer.DEPLOYMENTS[3], peer.DEPLOYMENTS[10]
    assert f"| {few.transitions} | {many.transitions} |" in figures
    assert f"| {few.invocations} | {many.invocations} |" in figures
    assert f"| {few.calls} | {many.calls} |" in figures
    assert f"| {few.seconds} | {many.seconds} |" in figures
    for fate, times in {peer.LEFT_SPLIT: 2, peer.WITHOUT_TRAFFIC: 1, peer.EVERY_REQUEST_FAILS: 1}.items():
        assert figures.count(f"| {fate} |") == times
