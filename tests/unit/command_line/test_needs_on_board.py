"""A release that waits for its infrastructure is seen by everybody: in the terminal, on the pages, and by `why`."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws.board_items import to_waiting_item
from gantry.aws.needs_ledger import NeedsLedger
from gantry.command_line.progress_lines import Seen, changes
from gantry.command_line.results.status import state_of
from gantry.promotion.board.board import Board, ServiceOnBoard
from gantry.promotion.history import HistoryKind
from gantry.promotion.needs.waiting import WaitingRelease
from gantry.promotion.status_page.board_page import board_page
from gantry.promotion.status_page.history_sentences import heading, sentences
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.service_page import service_page
from gantry.promotion.status_page.view import StatusView
from tests.browser import status_example as example
from tests.unit.command_line.running import run
from tests.unit.handlers.status_records import write_services

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NEED = "parameter /infra/prod/revision at least 12 in 444444444444/us-east-1 (found 11)"
ASK = "platform@example.com"
RUNNING = f"{example.EXECUTION.format('4f0c2d1')}-cowsay"
"""The execution of the promotion that `write_services` lets run."""


def waits(environment: str = "staging", **changed: Any) -> WaitingRelease:
    times = ("2026-11-23T08:40:00.000Z", "2999-11-24T08:40:00.000Z")
    made = WaitingRelease("cowsay", environment, RUNNING, example.AT, example.NEW, "4f0c2d1", *times, (NEED,), (ASK,))
    return replace(made, **changed)


def on_board(**changed: Any) -> ServiceOnBoard:
    """A service of which a release waits in front of staging."""
    service = example.quiet("cowsay")
    dev, staging, prod = service.environments
    running = example.busy("cowsay").promotions
    return replace(service, environments=(dev, replace(staging, needing=waits(**changed)), prod), promotions=running)


def kept_waiting(table: "Table", **changed: Any) -> None:
    write_services(table, 3)
    table.put_item(Item=to_waiting_item(waits(**changed)))


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_status_says_what_it_waits_for_what_is_there_and_whom_to_ask(
    kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    kept_waiting(kept)
    assert run("status", "cowsay") == 0
    said = capsys.readouterr().out
    assert "4f0c2d1 needs, " in said
    assert f"cowsay staging: waits for {NEED}; ask {ASK}. gantry why cowsay staging" in in_one_line(said)
    run("status", "cowsay", "--output", "json")
    (service,) = json.loads(capsys.readouterr().out)["services"]
    assert {each["name"]: each["needing"] and each["needing"]["unmet"] for each in service["environments"]} == {
        "dev": None,
        "staging": [NEED],
        "prod": None,
    }


def test_why_says_the_same_and_until_when(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    kept_waiting(kept)
    assert run("why", "cowsay", "staging") == 0
    said = in_one_line(capsys.readouterr().out)
    assert "It waits for its infrastructure, and goes on by itself once that is there." in said
    assert NEED in said
    assert f"ask {ASK}" in said
    assert "until 2999-11-24 08:40 UTC" in said


@pytest.mark.parametrize(
    "changed", [{"execution": "arn:stopped"}, {"unmet": ()}], ids=["its promotion was stopped", "it went through"]
)
def test_what_does_not_wait_any_more_is_not_shown(
    kept: "Table", capsys: pytest.CaptureFixture[str], changed: dict[str, Any]
) -> None:
    kept_waiting(kept, **changed)
    run("status", "cowsay", "--output", "json")
    (service,) = json.loads(capsys.readouterr().out)["services"]
    assert [each["needing"] for each in service["environments"]] == [None] * 3


def test_whoever_watches_reads_each_change_once() -> None:
    seen, board = Seen(), Board(example.AT, (on_board(),))
    assert f"cowsay staging: 4f0c2d1 waits for {NEED}; ask {ASK}" in list(changes(board, seen))
    assert list(changes(board, seen)) == []
    later = NEED.replace("found 11", "there is no such parameter")
    assert any(later in each for each in changes(Board(example.AT, (on_board(unmet=(later,)),)), seen))


def test_the_pages_show_it_as_text() -> None:
    hostile = waits(unmet=("<b>bold</b>",), owners=("<i>me</i>",))
    service = on_board(unmet=hostile.unmet, owners=hostile.owners)
    board = board_page(Board(example.AT, (service,)), StatusView())
    assert "Waits for infrastructure (1)" in board
    assert "<strong>waits</strong> for infrastructure" in board
    own = service_page(service, [], ServiceContext("cowsay", example.AT, StatusView(), PageLinks()), has_more=False)
    for page in (board, own):
        assert "&lt;b&gt;bold&lt;/b&gt;; ask &lt;i&gt;me&lt;/i&gt;" in page
        assert "<b>bold" not in page


def test_a_service_that_waits_for_infrastructure_is_in_flight() -> None:
    assert state_of(on_board()) == "in_flight"


def test_the_timeline_says_what_was_awaited_and_what_was_found() -> None:
    need = {"need": "parameter /a at least 12", "place": "4/us-east-1", "reason": "found 11", "owner": ASK}
    awaited = example.entry("23T08:40", HistoryKind.INFRASTRUCTURE_AWAITED, "staging", needs=[need, "<odd>"])
    found = example.entry(
        "23T08:40", HistoryKind.INFRASTRUCTURE_FOUND, "staging", infrastructure={"parameter /a": "12"}
    )
    assert (heading(awaited), heading(found)) == ("Waits for infrastructure", "Infrastructure found")
    assert sentences(awaited) == [f"parameter /a at least 12 in 4/us-east-1: found 11; ask {ASK}"]
    assert sentences(found) == ["parameter /a: 12"]


def test_of_two_that_write_at_once_one_is_kept(kept: "Table") -> None:
    needs, own, other = NeedsLedger(kept), waits(), waits(execution="arn:other")
    assert needs.replace(own, None)
    assert not needs.replace(other, None)
    needs.remove(other)
    assert needs.waiting("cowsay", "staging") == own
    assert needs.replace(other, own)
    assert not needs.replace(own, own)
    needs.remove(other)
    assert needs.waiting("cowsay", "staging") is None
