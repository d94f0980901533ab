"""`gantry promote SERVICE --configuration`: what is asked, what is said, and the exit codes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gantry.command_line.history_table import draw_history
from gantry.command_line.pipeline import Answer, Pipeline
from gantry.command_line.results.configuration import ConfigurationChange
from gantry.command_line.results.history import history_of
from gantry.command_line.results.synced import Synced
from gantry.command_line.synced_lines import show_synced
from gantry.promotion.history import HistoryEntry, HistoryKind
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-promotion:call-1"
ALONE = ("promote", "cowsay", "--configuration")
NOTHING: Any = {
    "service": "cowsay",
    "at": "2026-11-22T09:00:00.000Z",
    "release": None,
    "outcome": "goes_through",
    "environments": [],
    "policy_revision": None,
    "left_out": {"dev": "its configuration is what is live"},
}
IN_FLIGHT = Answer(409, {"error": "cowsay 4f0c2d1 is being promoted to prod. Wait."})


class Api:
    """What the pipeline is asked, and what it answers to each look before a start."""

    def __init__(self, *looks: Answer) -> None:
        self.looks, self.made = list(looks), list[tuple[str, str, Any]]()

    def __call__(self, _: Pipeline, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        del headers
        self.made.append((method, url, body))
        return Answer(202, {"execution": EXECUTION}) if method == "POST" else self.looks.pop(0)


@pytest.fixture
def api(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("gantry.command_line.waiting.time.sleep", lambda _: None)

    def with_looks(*looks: Answer) -> Api:
        made = Api(*looks)

        def call(*given: Any, **headers: Any) -> Answer:
            return made(*given, **headers)

        monkeypatch.setattr(Pipeline, "call", call)
        return made

    return with_looks


def test_where_nothing_differs_nothing_is_started(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = api(Answer(200, NOTHING))
    assert run(*ALONE) == 0
    assert made.made == [("GET", "https://api.example.com/previews/cowsay?configuration_only=true", None)]
    said = capsys.readouterr().out
    assert "is what is live, so nothing was started" in said
    assert "not to dev: its configuration is what is live" in said


def test_while_a_promotion_is_under_way_it_is_refused_with_what_to_do(
    api: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made = api(IN_FLIGHT)
    assert run(*ALONE, "--output", "json") == 1
    said = json.loads(capsys.readouterr().out)
    require_documented("promote", said)
    assert (said["status"], said["reason"], len(made.made)) == ("REFUSED", IN_FLIGHT.error, 1)


def test_with_wait_it_waits_for_that_ones_end(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    api(IN_FLIGHT, IN_FLIGHT, Answer(200, NOTHING))
    assert run(*ALONE, "--wait") == 0
    assert capsys.readouterr().err.count("Waiting: cowsay 4f0c2d1 is being promoted") == 1


def test_who_may_not_preview_starts_it_and_the_execution_decides(
    api: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = api(Answer(403, {"error": "You may not preview."}))
    assert run(*ALONE, "--to", "prod", "--output", "json") == 0
    assert made.made[1] == (
        "POST",
        "https://api.example.com/promotions",
        {"repository": "cowsay", "environments": ["prod"], "configuration_only": True},
    )
    said = json.loads(capsys.readouterr().out)
    assert (said["execution"], said["environments"]) == (EXECUTION, None)


@pytest.mark.parametrize(
    "typed",
    [("promote", "cowsay"), (*ALONE[:2], "4f0c2d1", "--configuration"), (*ALONE, "--release-from-quarantine", "x")],
)
def test_it_is_either_an_artifact_or_a_configuration(typed: tuple[str, ...]) -> None:
    assert run(*typed) == 2


def test_wait_without_promote_means_nothing_to_a_sync(tmp_path: Path) -> None:
    assert run("manifest", "sync", tmp_path, "--wait") == 2


def test_a_sync_ends_with_the_greatest_code_and_says_what_came_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    found = (
        ConfigurationChange("a", "RUNNING", 0, ("prod",), {"dev": "its configuration is what is live"}, EXECUTION),
        ConfigurationChange("b", "REFUSED", 1, reason="prod: it is quarantined."),
    )
    synced = Synced("bucket", None, "c0ffee", False, (), configurations=found)
    assert synced.code == 1
    show_synced(synced, "table")
    said = capsys.readouterr().out
    assert "a: the configuration goes to prod, with the artifact that is live in each: running" in said
    assert "b: the configuration was not promoted. prod: it is quarantined." in said


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"digest": "sha256:1", "tag": "4f0c2d1"}, "promotion started 4f0c2d1"),
        (
            {"digest": "sha256:1", "tag": "4f0c2d1", "configuration_of": {"prod": "4f0c2d1"}},
            "promotion started 4f0c2d1 (configuration only)",
        ),
        (
            {"digest": None, "tag": None, "configuration_of": {"dev": "5555555", "prod": f"sha256:{'a' * 64}"}},
            "promotion started (configuration only; dev keeps 5555555, prod keeps aaaaaaaaaaaa)",
        ),
    ],
)
def test_a_history_says_that_only_the_configuration_was_to_change(facts: Any, line: str) -> None:
    entry = HistoryEntry("cowsay", "2026-11-22T09:00:00.000Z", HistoryKind.PROMOTION_STARTED, "arn:x", facts=facts)
    console = Console(record=True, width=200, file=StringIO())
    draw_history(console, history_of("cowsay", [entry], limit=10))
    assert console.export_text().splitlines()[0].partition("  ")[2] == line
