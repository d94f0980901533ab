"""`gantry drift`: how the targets stand to the ledger, in a terminal, as JSON and as an exit code."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from gantry.command_line.pipeline import Answer, Pipeline
from gantry.promotion.drift.comparison import DriftDifference
from gantry.promotion.drift.report import DriftReport, NewestManifest, ServiceDrift, TargetDrift
from gantry.promotion.drift.states import DriftState
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run

WIDTH = 80
AT = "2026-11-23T09:00:00.000Z"
OLD, NEW = f"sha256:{'b' * 64}", f"sha256:{'a' * 64}"
COMMAND = "gantry rollback cowsay prod --target 444444444444/us-east-1/cowsay/live --to version:41 --reason drift"
SYNCED = TargetDrift(
    "444444444444/us-east-1/cowsay/live", "lambda", "arn:live", "prod", DriftState.SYNCED, "41", "a91be07", OLD, "one"
)
ASTRAY = replace(
    SYNCED,
    state=DriftState.OUT_OF_SYNC,
    differences=(
        DriftDifference("traffic", "41", "42"),
        DriftDifference("artifact", OLD, NEW),
        DriftDifference("configuration.memory_mb", "256", None, is_ignored=True),
    ),
    command=COMMAND,
)
UNKNOWN = replace(SYNCED, state=DriftState.UNKNOWN, reason="the account\u202e refuses")
DEPLOYING = replace(SYNCED, state=DriftState.DEPLOYING, reason="cowsay v2 is on its way there")


def report(*targets: TargetDrift, manifest: NewestManifest | None = None) -> DriftReport:
    return DriftReport.of(AT, [ServiceDrift.of("cowsay", manifest or NewestManifest("one"), targets)])


class Calls:
    """What the pipeline was asked, and what it answers."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.answer: DriftReport | Answer = report(SYNCED)

    def __call__(self, method: str, url: str) -> Answer:
        self.made.append((method, url))
        if isinstance(self.answer, Answer):
            return self.answer
        return Answer(200, json.loads(json.dumps(asdict(self.answer))))


@pytest.fixture
def calls(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> Calls:
    made = Calls()
    monkeypatch.setattr(Pipeline, "call", lambda _, method, url: made(method, url))
    return made


def test_it_asks_for_one_service_or_for_all(calls: Calls) -> None:
    assert run("drift", "team/cow say") == 0
    assert run("drift") == 0
    assert [url for _, url in calls.made] == [
        "https://api.example.com/drift/team/cow%20say",
        "https://api.example.com/drift",
    ]


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        ([SYNCED], 0),
        ([SYNCED, DEPLOYING], 0),
        ([SYNCED, UNKNOWN, DEPLOYING], 3),
        ([UNKNOWN, ASTRAY], 1),
    ],
)
def test_the_exit_code_is_asked_for(calls: Calls, targets: list[TargetDrift], code: int) -> None:
    calls.answer = report(*targets)
    assert run("drift", "--exit-code") == code
    assert run("drift") == 0


def test_what_differs_is_shown_with_the_command_in_one_piece(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = report(ASTRAY, UNKNOWN, DEPLOYING)
    run("drift", "cowsay")
    shown = capsys.readouterr().out
    for state in ("OUT_OF_SYNC", "UNKNOWN", "DEPLOYING"):
        assert state in shown
    assert "traffic: expected 41, found 42" in shown
    assert "configuration.memory_mb: expected 256, found nothing, which the manifest ignores" in shown
    assert COMMAND in shown
    assert "\\u202e refuses" in shown
    table = [line for line in shown.splitlines() if line.startswith(" ") and not line.startswith("  ")]
    assert table
    assert all(len(line) <= WIDTH for line in table)


def test_a_long_row_keeps_to_the_width(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"4/us-east-1/{'f' * 64}/{'a' * 64}"
    calls.answer = report(replace(SYNCED, environment="e" * 32, id=name, version="v" * 100))
    run("drift")
    assert all(len(line) <= WIDTH for line in capsys.readouterr().out.splitlines())


def test_a_newer_manifest_is_told_as_what_it_is(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = report(SYNCED, manifest=NewestManifest("two", ("dev", "prod")))
    run("drift")
    assert "cowsay: a newer manifest waits for a release in dev, prod. That is no drift." in capsys.readouterr().out
    calls.answer = report(SYNCED, manifest=NewestManifest(None, problem="It cannot be used."))
    run("drift")
    assert "cowsay: It cannot be used." in capsys.readouterr().out


def test_it_is_printed_as_documented(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = report(ASTRAY, UNKNOWN)
    run("drift", "--output", "json")
    printed: Any = json.loads(capsys.readouterr().out)
    require_documented("drift", printed)
    assert printed["state"] == "OUT_OF_SYNC"
    assert printed["services"][0]["targets"][0]["command"] == COMMAND


def test_a_service_that_is_not_there_is_a_mistake(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = Answer(404, {"error": "Nothing of a service moo is live, so there is nothing to compare."})
    assert run("drift", "moo", "--exit-code") == 2
    assert "Nothing of a service moo is live" in capsys.readouterr().err


def test_before_the_first_release_there_is_nothing(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = DriftReport.of(AT, [])
    assert run("drift", "--exit-code") == 0
    assert capsys.readouterr().out == "Nothing is live yet.\n"
