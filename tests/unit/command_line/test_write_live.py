"""`gantry write-live`: what it lets the function write, and how it ends."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from gantry.aws import clients
from gantry.command_line.pipeline import Pipeline
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run
from tests.unit.handlers.payloads import OTHER_TARGET, TARGET

CHANGED = "444444444444/us-east-1/gantry/cowsay/prod/live"


class Function:
    """The function, which answers what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: dict[str, Any] = {"changed": [CHANGED], "unchanged": 1}
        self.fails = False

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 -- as the SDK names them
        assert FunctionName == "gantry-WriteLiveParameters"
        (record,) = json.loads(Payload)["Records"]
        detail = json.loads(record["body"])["detail"]
        self.asked.append((detail["service"], detail["environment"]))
        failed = {"FunctionError": "Unhandled"} if self.fails else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())} | failed


@pytest.fixture
def function(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> Function:
    made = Function()
    outputs = {"LiveParametersFunctionName": "gantry-WriteLiveParameters", "LedgerTableName": "ledger"}
    monkeypatch.setattr(Pipeline, "outputs", outputs)
    leases = [
        Lease(TARGET, live_for=LiveFor("cowsay", "prod")),
        Lease(OTHER_TARGET, live_for=LiveFor("cowsay", "dev")),
        Lease(TARGET, live_for=LiveFor("moosay", "dev")),
        Lease(TARGET),
    ]
    monkeypatch.setattr(Pipeline, "services", SimpleNamespace(leases=SimpleNamespace(all=lambda: leases)))
    monkeypatch.setattr(clients, "own_client", lambda name: {"lambda": made}[name])
    return made


def test_one_environment_is_written_without_reading_the_ledger(
    function: Function, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Pipeline, "services", None)
    assert (run("write-live", "cowsay", "prod"), function.asked) == (0, [("cowsay", "prod")])
    assert capsys.readouterr().out.strip() == f"cowsay in prod: {CHANGED} says it now"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("cowsay",), [("cowsay", "dev"), ("cowsay", "prod")]),
        ((), [("cowsay", "dev"), ("cowsay", "prod"), ("moosay", "dev")]),
    ],
)
def test_all_that_is_live_is_written(
    function: Function, arguments: tuple[str, ...], asked: list[tuple[str, str]]
) -> None:
    assert run("write-live", *arguments) == 0
    assert function.asked == asked


def test_nothing_live_is_said(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-live", "nothing") == 2
    assert "Nothing of nothing is live" in capsys.readouterr().err
    assert function.asked == []


def test_what_cannot_be_written_is_said_line_by_line_and_fails(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    function.fails, function.answer = True, {"errorMessage": "one is refused\nanother too"}
    assert run("write-live", "cowsay", "prod") == 1
    assert "cowsay in prod: one is refused\ncowsay in prod: another too" in capsys.readouterr().out


def test_as_json_it_is_as_documented(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("write-live", "cowsay", "prod", "--output", "json") == 0
    printed = json.loads(capsys.readouterr().out)
    require_documented("write-live", printed)
    assert printed[0]["changed"] == [CHANGED]
