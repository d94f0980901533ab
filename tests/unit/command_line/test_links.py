"""Links in a terminal: each whole and on a line of its own; in JSON always."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from gantry.aws import ledger_keys
from gantry.aws.ledger_items import to_item
from gantry.command_line.watch_view import drawn
from gantry.promotion.board.board import Board
from gantry.promotion.board.explanation import explain
from gantry.promotion.board.release_links import KnownSources, ReleaseLinks
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.source import ManifestSource, Source
from gantry.promotion.source_links import source_facts
from gantry.promotion.status_page.view import StatusView
from gantry.promotion.target import Target
from gantry.use_cases.operator.status_pages import show_service
from gantry.use_cases.services import Services
from tests.browser import status_example as example
from tests.browser.example import source
from tests.unit.command_line.running import run
from tests.unit.handlers.status_records import write_services

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

OLDER = "https://github.com/acme/cowsay/commit/a91be07"
CONSOLE = (
    "https://console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/"
    + example.EXECUTION.format("4f0c2d1")
)
ALL = [example.COMES_FROM.commit, example.COMES_FROM.compare, example.COMES_FROM.run, CONSOLE]


@pytest.fixture(autouse=True)
def three(kept: "Table") -> None:
    write_services(kept, 3)


def links_in(text: str) -> list[str]:
    """What a terminal finds at the end of each line."""
    return [line.split()[-1] for line in text.splitlines() if "https://" in line]


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    run(*arguments, "--output", "json")
    return json.loads(capsys.readouterr().out)


def test_the_status_of_one_service_ends_with_them_and_names_each_release_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("status", "cowsay")
    said = capsys.readouterr().out
    assert links_in(said) == [*ALL, OLDER, "https://github.com/acme/cowsay/actions/runs/11958"]
    assert "4f0c2d1, on its way to prod:" in said
    assert "a91be07, live in prod:" in said
    run("status")
    assert "https://" not in capsys.readouterr().out


def test_in_json_each_target_and_each_promotion_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    (service,) = as_json(capsys, "status", "cowsay")["services"]
    prod = next(each for each in service["environments"] if each["name"] == "prod")["targets"][0]
    assert prod["links"]["commit"] == OLDER
    moving = prod["in_flight"]["links"]
    assert [moving[name] for name in ("commit", "compare", "run", "console")] == ALL
    assert service["promotions"][0]["links"]["commit"] == example.COMES_FROM.commit


def test_what_is_live_leads_to_the_commit_of_its_manifest(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    source = Source(manifest=ManifestSource("b2b2b2b", "https://github.com/acme/services"))
    target = Target(
        "lambda", "444444444444", "us-east-1", "goat/live", "arn:aws:lambda:us-east-1:4:function:g:live", {}
    )
    now = LiveNow("7", "sha256:" + "d" * 64, example.AT, source=source)
    kept.put_item(
        Item=ledger_keys.lease(target.id) | to_item(Lease(target, live_for=LiveFor("goat", "prod"), live_now=now))
    )
    commit = "https://github.com/acme/services/commit/b2b2b2b"

    (service,) = as_json(capsys, "status", "goat")["services"]
    assert service["environments"][0]["targets"][0]["links"]["manifest"] == commit
    run("status", "goat")
    assert f"  manifest {commit}" in capsys.readouterr().out
    services = Services({"LEDGER_TABLE": kept.name})
    assert f'<a href="{commit}">manifest</a>' in show_service("goat", StatusView(), services).html


def test_who_is_asked_sees_what_they_would_approve(capsys: pytest.CaptureFixture[str]) -> None:
    run("approvals")
    assert links_in(capsys.readouterr().out) == ALL
    (found,) = as_json(capsys, "approvals")
    assert (found["id"][:4], found["links"]["compare"]) == ("1f3a", example.COMES_FROM.compare)


@pytest.mark.parametrize("service", ["cowsay", "team/search"])
def test_why_it_moves_or_waits_leads_to_what_it_changes(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("why", service, "prod")
    assert links_in(capsys.readouterr().out) == ALL
    assert as_json(capsys, "why", service, "prod")["links"]["compare"] == example.COMES_FROM.compare


def failed(kept: "Table") -> None:
    """Let the history have a start, and a deployment that failed."""
    facts = {"digest": example.BROKEN, "tag": "0bad5ed", "source": source_facts(source())}
    started = HistoryEntry("billing", "2026-11-23T07:00:00.000Z", HistoryKind.PROMOTION_STARTED, "arn:x", facts=facts)
    ended = HistoryEntry(
        "billing",
        "2026-11-23T07:20:00.000Z",
        HistoryKind.DEPLOYMENT_ROLLED_BACK,
        example.EXECUTION.format("bad"),
        "prod",
        facts={"digest": example.BROKEN, "error": "CanaryUnhealthyError"},
    )
    for each in (started, ended):
        kept.put_item(Item=ledger_keys.history(each) | to_item(each))


def test_why_it_failed_compares_with_what_is_live_there(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    failed(kept)
    run("why", "billing", "prod")
    found = links_in(capsys.readouterr().out)
    assert found == [*ALL[:3], CONSOLE.removesuffix("4f0c2d1") + "bad"]


def test_a_history_has_the_commit_of_each_start(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    failed(kept)
    run("history", "billing")
    assert links_in(capsys.readouterr().out) == [example.COMES_FROM.commit]
    ended, started = as_json(capsys, "history", "billing")["entries"]
    assert started["links"] == ended["links"] | {"console": None}


def test_what_was_replaced_is_compared_in_a_history() -> None:
    old = {"digest": example.OLD, "source": source_facts(source(is_new=False))}
    new = {"digest": example.NEW, "source": source_facts(source()), "before": {"digest": example.OLD}}
    entries = [
        HistoryEntry("cowsay", at, HistoryKind.DEPLOYMENT_COMPLETED, "arn:x", "prod", facts=facts)
        for at, facts in (("2026-11-23T09:00:00.000Z", new), ("2026-11-22T09:00:00.000Z", old))
    ]
    known = KnownSources(None, entries)
    assert known.links(example.NEW).compare == example.COMES_FROM.compare
    assert known.links(example.OLD).compare is None
    assert known.links("sha256:unknown") == ReleaseLinks()
    found = explain(entries, "cowsay", "prod")
    assert found
    assert found.digest == example.NEW


def test_in_watch_what_moves_leads_to_its_changes_without_taking_room() -> None:
    console = Console(width=80, force_terminal=True, record=True)
    console.print(drawn(Board(example.AT, (example.busy("cowsay"),))))
    assert f'href="{example.COMES_FROM.compare}"' in console.export_html(clear=False)
    assert "https://" not in console.export_text(styles=False)
