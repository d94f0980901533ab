"""`gantry status`, `approvals`, `quarantine` and `watch`: the same board, in a terminal."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from gantry.aws import ledger_keys
from gantry.aws.ledger_items import to_item
from gantry.command_line.results.status import state_of, status_of
from gantry.command_line.status_table import draw_status
from gantry.promotion.board.board import Board, ServiceOnBoard
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import LiveFor
from gantry.promotion.quarantine import Quarantine
from tests.browser import status_example as example
from tests.unit.command_line.running import run
from tests.unit.handlers.status_records import write_services

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

WIDTH = 80


@pytest.fixture
def three(kept: "Table") -> None:
    """Services of which one moves, one waits and one has failed."""
    write_services(kept, 3)


def drawn(board: Board, capsys: pytest.CaptureFixture[str]) -> list[str]:
    draw_status(Console(width=WIDTH), status_of(board))
    return capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("three")
def test_each_environment_has_a_row_with_what_is_live_and_what_moves(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 0
    said = capsys.readouterr().out
    assert all(len(line) <= WIDTH for line in said.splitlines())
    assert "57 (4f0c2d1)" in said
    assert "4f0c2d1 25 %" in said
    assert "gantry why" in said
    assert "gantry quarantine billing" in said
    assert "gantry approvals team/search" in said


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("service", "code"), [("cowsay", 0), ("billing", 1), ("team/search", 4)])
def test_the_exit_code_tells_the_state_of_one_service(service: str, code: int) -> None:
    assert run("status", service) == code


@pytest.mark.usefixtures("three")
def test_an_unknown_service_is_a_mistake_of_whoever_typed_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "cowsya") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Nothing of a service cowsya is on record." in said.err


@pytest.mark.usefixtures("kept")
def test_before_the_first_promotion_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 0
    assert "Nothing was promoted yet." in capsys.readouterr().out


@pytest.mark.usefixtures("three")
def test_json_has_everything_and_nothing_else_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    run("status", "cowsay", "--output", "json")
    (service,) = json.loads(capsys.readouterr().out)["services"]
    prod = next(each for each in service["environments"] if each["name"] == "prod")
    canary = next(each["in_flight"]["canary"] for each in prod["targets"] if each["in_flight"])
    assert (service["state"], canary["weight"], canary["stable"], canary["canary"]) == ("in_flight", 25, "41", "42")


def test_long_names_lose_their_middle_and_no_line_is_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a-team-with-a-long-name/and-a-service-with-a-longer-one-still"
    lines = drawn(Board(example.AT, (example.busy(name), example.asking(name))), capsys)
    assert max(map(len, lines)) <= WIDTH
    assert any("a-team-wit" in line and "…" in line for line in lines)


def test_no_markup_or_control_character_of_a_tag_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    service = example.quiet("cowsay")
    (first, *others) = service.environments
    live = replace(first.targets[0].live or pytest.fail("nothing"), tag="[b]\x1bx")
    targets = (replace(first.targets[0], live=live),)
    said = "\n".join(
        drawn(Board(example.AT, (replace(service, environments=(replace(first, targets=targets), *others)),)), capsys)
    )
    assert "\x1b" not in said
    assert "[b]" in said


def states() -> list[tuple[ServiceOnBoard, str]]:
    healthy, failed = example.quiet("cowsay"), example.failed("billing")
    end = failed.last_end
    assert end
    back = Quarantine("cowsay", str(end.digest), example.AT, "rolled back", end.execution)
    return [
        (healthy, "healthy"),
        (example.busy("cowsay"), "in_flight"),
        (example.asking("cowsay"), "waits_for_people"),
        (replace(failed, quarantined=()), "failed"),
        (replace(healthy, last_end=replace(end, error=None), quarantined=(back,)), "rolled_back"),
    ]


@pytest.mark.parametrize(("service", "state"), states())
def test_a_service_has_one_state(service: ServiceOnBoard, state: str) -> None:
    assert state_of(service) == state


@pytest.mark.usefixtures("three")
def test_open_approvals_have_their_whole_id_to_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("approvals") == 0
    said = capsys.readouterr().out
    assert "→ gantry approve 1f3a8c52d9e04b7f8a6c" in said
    run("approvals", "cowsay")
    assert capsys.readouterr().out == "Nothing waits for people.\n"


@pytest.mark.usefixtures("three")
def test_what_is_in_quarantine_has_its_reason_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("quarantine") == 0
    said = capsys.readouterr().out
    assert "billing" in said
    assert "--release-from-quarantine" in said


def test_of_one_service_all_quarantines_are_read_however_old(kept: "Table", capsys: pytest.CaptureFixture[str]) -> None:
    old = Quarantine("cowsay", example.BROKEN, "2020-01-01T00:00:00.000Z", "long ago", "arn:old")
    kept.put_item(Item=ledger_keys.quarantine("cowsay", old.digest) | to_item(old))
    run("quarantine", "cowsay", "--output", "json")
    assert [each["reason"] for each in json.loads(capsys.readouterr().out)] == ["long ago"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(("service", "code"), [("billing", 1), ("cowsay", 3), ("team/search", 4)])
def test_watching_ends_when_nothing_moves_or_the_time_is_over(
    service: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("watch", service, "--timeout", "1s") == code
    assert service in capsys.readouterr().out


def test_a_lease_of_an_older_version_shows_what_the_live_record_has(
    kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    target = example.target("cowsay", "prod")
    live = Live("cowsay", "prod", target, LiveRevision("7", example.NEW, example.AT, "4f0c2d1"))
    kept.put_item(Item=ledger_keys.live("cowsay", "prod", target.id) | to_item(live))
    lease = Lease(target, live_for=LiveFor("cowsay", "prod"))
    kept.put_item(Item=ledger_keys.lease(target.id) | to_item(lease))
    assert run("status", "cowsay") == 0
    assert "7 (4f0c2d1)" in capsys.readouterr().out


def test_a_target_that_the_manifest_does_not_have_any_more_says_so(
    kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    write_services(kept, 1)
    target = example.target("billing", "prod", "us-west-2")
    lease: Any = Lease(target, live_for=LiveFor("billing", "prod"), live_now=example.live("3", example.AT, is_new=True))
    kept.put_item(Item=ledger_keys.lease(target.id) | to_item(lease))
    run("status", "billing")
    said = capsys.readouterr().out
    assert "us-west-2" in said
    assert "not in the manifest" in said
