"""`gantry preview` and `gantry promote --dry-run`: what a promotion would do, in a terminal and as JSON."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from gantry.command_line.pipeline import Answer, Pipeline
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.difference import Change
from gantry.promotion.preview.estimate import Estimate
from gantry.promotion.preview.preview import (
    Asked,
    EnvironmentPreview,
    LiveThere,
    Preview,
    PreviewedNeed,
    PreviewedRelease,
    PreviewedStep,
    TargetPreview,
)
from gantry.promotion.preview.rules import Rule, RuleName
from tests.browser.example import source
from tests.unit.command_line.running import run

WIDTH = 80
OLD, NEW = f"sha256:{'b' * 64}", f"sha256:{'a' * 64}"
TARGET = TargetPreview(
    id="444444444444/us-east-1/cowsay/live",
    kind="lambda",
    live=LiveThere("41", "a91be07", OLD, "2026-11-10T08:00:00.000Z"),
    is_first=False,
    routing="41",
    artifact="a91be07 → 4f0c2d1",
    is_same_artifact=False,
    is_configuration_known=True,
    changes=(Change("memory_mb", "256", "512"), Change("environment.TOKEN", "•••••• #1234", "•••••• #abcd")),
    content=(),
    left_in_draft=(),
    steps=(PreviewedStep(10, 300), PreviewedStep(100, 0)),
    waits_for=(),
    requests_per_second=12.0,
)
ASKED = Asked(
    ("ops@example.com", "lead@example.com"), 1, ("lead@example.com",), ("boss@example.com",), 7200, 259200, None, ()
)
MET = Rule(RuleName.QUARANTINE, is_met=True)
BROKEN = Rule(RuleName.ACCOUNT, is_met=False, reason="the account refuses the pipeline", target=TARGET.id)
PROD = EnvironmentPreview(
    name="prod",
    outcome="waits_for_people",
    targets=(TARGET,),
    waves=((TARGET.id,),),
    carried={"Traffic": "10 % for 5m, then all"},
    asks=ASKED,
    rules=(MET,),
    firing=("cowsay-errors in 444444444444/us-east-1",),
    elsewhere=(),
    forecast="It takes about 3 minutes.",
    estimate=Estimate(300, 480, 7260),
    begins_at="2026-11-23T09:00:00.000Z",
    ends_at=None,
)
RELEASE = PreviewedRelease("4f0c2d1", NEW, ("4f0c2d1", "main"), "alice@example.com", "revision-2", "named")
PREVIEW = Preview("cowsay", "2026-11-23T09:00:00.000Z", RELEASE, "waits_for_people", (PROD,), None)


class Calls:
    """What the pipeline was asked, and what it answers."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self.answer: Preview | Answer = PREVIEW

    def __call__(self, _: Pipeline, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        assert (body, headers) == (None, {})
        self.made.append((method, url))
        if isinstance(self.answer, Answer):
            return self.answer
        return Answer(200, json.loads(json.dumps(asdict(self.answer))))


@pytest.fixture
def calls(known_outputs: None, monkeypatch: pytest.MonkeyPatch) -> Calls:
    made = Calls()

    def call(*given: Any, **headers: Any) -> Answer:
        return made(*given, **headers)

    monkeypatch.setattr(Pipeline, "call", call)
    return made


def test_it_asks_for_one_environment_and_a_release(calls: Calls) -> None:
    assert run("preview", "team/cowsay", "prod", "4f0c2d1") == 4
    assert calls.made == [("GET", "https://api.example.com/previews/team/cowsay?tag=4f0c2d1&environment=prod")]


def test_without_a_release_the_pipeline_chooses_one(calls: Calls) -> None:
    run("preview", "cowsay", "prod")
    assert calls.made == [("GET", "https://api.example.com/previews/cowsay?environment=prod")]


def test_an_object_is_named_by_its_service_and_version(calls: Calls) -> None:
    run("preview", "s3/acme/my file.py", "prod", "3HL4k")
    assert calls.made == [
        ("GET", "https://api.example.com/previews/s3/acme/my%20file.py?version_id=3HL4k&environment=prod")
    ]


def test_a_dry_run_starts_nothing_and_asks_for_all_environments_together(calls: Calls) -> None:
    why = ("--release-from-quarantine", "fixed in the library")
    assert run("promote", "cowsay", "4f0c2d1", "--to", "dev", "--to", "prod", "--dry-run", *why) == 4
    ((method, url),) = calls.made
    assert method == "GET"
    assert url.endswith("?tag=4f0c2d1&environment=dev%2Cprod&release_from_quarantine=true")


def test_a_dry_run_without_environments_is_for_all_of_them(calls: Calls) -> None:
    run("promote", "cowsay", NEW, "--dry-run")
    assert calls.made == [("GET", f"https://api.example.com/previews/cowsay?digest={NEW.replace(':', '%3A')}")]


def test_the_json_is_what_the_pipeline_says(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("preview", "cowsay", "prod", "4f0c2d1", "--output", "json") == 4
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(asdict(PREVIEW)))


@pytest.mark.parametrize(("outcome", "code"), [("goes_through", 0), ("stopped", 1), ("waits_for_people", 4)])
def test_the_exit_code_says_what_would_come_of_it(calls: Calls, outcome: Any, code: int) -> None:
    calls.answer = replace(PREVIEW, outcome=outcome)
    assert run("preview", "cowsay", "prod", "4f0c2d1") == code


@pytest.mark.parametrize(("status", "code"), [(400, 2), (404, 2), (422, 1), (403, 5), (503, 1)])
def test_what_the_pipeline_refuses_is_said_in_its_words(
    calls: Calls, status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answer = Answer(status, {"error": "There is no service moo: upload its manifest."})
    assert run("preview", "moo", "prod") == code
    said = capsys.readouterr()
    assert ("There is no service moo" in said.err, said.out) == (True, "")


def test_people_read_all_of_it_in_80_columns(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    run("preview", "cowsay", "prod", "4f0c2d1")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDTH
    for words in (
        "cowsay 4f0c2d1",
        "prod: it waits for people",
        NEW,
        "version 41 (a91be07)",
        "memory_mb: 256 → 512",
        "environment.TOKEN: •••••• #1234 → •••••• #abcd",
        "10 % for 5m, then all",
        "ops@example.com, lead@example.com: 1 of 2 must approve",
        "after 2 h also boss@example.com",
        "lead@example.com may not approve it",
        "ok  The digest is not in quarantine",
        "cowsay-errors in 444444444444/us-east-1",
        "after the approval, about 8 min; 2 h 1 min at most",
    ):
        assert words in said, words


def test_a_rule_that_is_not_met_says_why_and_where(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    stopped = replace(PROD, outcome="stopped", rules=(MET, BROKEN))
    calls.answer = replace(PREVIEW, outcome="stopped", environments=(stopped,))
    assert run("preview", "cowsay", "prod", "4f0c2d1") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert f"NO {BROKEN.sentence} because {TARGET.id}: the account refuses the pipeline" in said


def test_what_nobody_can_do_to_a_terminal_is_done(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    evil = replace(TARGET, changes=(Change("environment.X", None, "a\x1b[31m\nb"),), waits_for=("x\x1b]0;y\x07",))
    calls.answer = replace(PREVIEW, environments=(replace(PROD, targets=(evil,)),))
    run("preview", "cowsay", "prod")
    said = capsys.readouterr().out
    assert ("\x1b" in said, "\x07" in said, "(not set) → " in said) == (False, False, True)


def test_links_are_whole_and_the_last_environment_says_what_changes(
    calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    links = ReleaseLinks.of(source())
    compare = "https://github.com/acme/cowsay/compare/a91be07...4f0c2d1"
    there = LiveThere("41", "a91be07", OLD, "2026-11-10T08:00:00.000Z", compare)
    prod = replace(PROD, targets=(replace(TARGET, live=there),))
    calls.answer = replace(PREVIEW, release=replace(RELEASE, links=links), environments=(PROD, prod))
    run("preview", "cowsay", "prod", "4f0c2d1")
    said = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if "https://" in line]
    assert said == [links.commit, compare, links.run]


def test_each_need_is_shown_with_what_is_there_and_whom_to_ask(
    calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    place, ask = "444444444444/us-east-1", "platform@example.com"
    unmet = PreviewedNeed("parameter /infra/revision at least 12", place, False, "11", "found 11", ask)
    met = PreviewedNeed("output QueueUrl of stack cowsay-infra", place, True, "https://queue", None, ask)
    prod = replace(PROD, outcome="waits_for_infrastructure", needs=(unmet, met))
    calls.answer = replace(PREVIEW, outcome="waits_for_infrastructure", environments=(prod,))
    assert run("preview", "cowsay") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "prod: it waits for infrastructure" in said
    assert f"NO parameter /infra/revision at least 12 in {place}: found 11; ask {ask}" in said
    assert f"ok output QueueUrl of stack cowsay-infra in {place}: found https://queue" in said
