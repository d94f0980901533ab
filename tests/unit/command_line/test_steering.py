"""The commands that steer a canary."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item
from gantry.command_line import steering
from gantry.command_line.output import console
from gantry.command_line.pipeline import Answer
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor, LiveNow
from tests.unit.command_line.running import run
from tests.unit.command_line.test_starting import Calls, calls
from tests.unit.handlers.payloads import DIGEST
from tests.unit.handlers.payloads import TARGET as TARGET_ITSELF
from tests.unit.handlers.records import lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

__all__ = ["calls"]
TARGET, DEPLOYMENT = "444444444444/us-east-1/cowsay/live", "arn:aws:states:us-east-1:1:execution:gantry-deployment:one"
HONOURED: dict[str, Any] = {
    "target": TARGET,
    "execution": DEPLOYMENT,
    "canary": "8",
    "step": 1,
    "wish": 2,
    "refused": None,
    "honoured": True,
}
REFUSED = HONOURED | {
    "target": "there",
    "canary": None,
    "step": None,
    "wish": None,
    "refused": "It is not paused.",
    "honoured": False,
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "_PATIENCE", 0.0)


@pytest.mark.parametrize("action", ["pause", "resume", "advance", "abort"])
def test_what_is_wanted_is_sent_and_what_came_of_it_printed(
    calls: Calls, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answer = Answer(202, {"canaries": [HONOURED]})
    assert run(action, "cowsay", "prod", "--reason", "odd", "--target", TARGET) == 0
    ((method, url, body, _),) = calls.made
    assert (method, url) == ("POST", f"https://api.example.com/canaries/{action}")
    assert body == {"service": "cowsay", "environment": "prod", "reason": "odd", "target": TARGET}
    assert capsys.readouterr().out.startswith(f"{TARGET}: {action.rstrip('e')}")


def test_what_is_refused_for_one_target_is_said_and_fails(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = Answer(202, {"canaries": [HONOURED, REFUSED]})
    assert run("resume", "cowsay", "prod", "--output", "json") == 1
    said = capsys.readouterr()
    assert [each["wish"] for each in json.loads(said.out)] == [2, None]
    assert "there: It is not paused." in said.err


def test_a_deployment_between_two_states_may_not_hear_of_it_in_time(
    calls: Calls, kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    record = lease(DEPLOYMENT)
    kept.put_item(Item=keys.lease(record.target.id) | to_item(record))
    calls.answer = Answer(202, {"canaries": [HONOURED | {"target": record.target.id, "honoured": False}]})
    assert run("pause", "cowsay", "prod") == 3
    assert "kept, but its deployment has not heard" in capsys.readouterr().out


def test_what_is_refused_for_all_is_json_too(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    calls.answer = Answer(409, {"canaries": [REFUSED], "error": "It is not paused. Nothing was changed."})
    assert run("resume", "cowsay", "prod", "--output", "json") == 1
    assert [each["refused"] for each in json.loads(capsys.readouterr().out)] == ["It is not paused."]


def test_words_in_brackets_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    """https://rich.readthedocs.io/en/stable/markup.html#escaping"""
    console().print("[/prod] [bold]no[/bold] :smile:")
    assert capsys.readouterr().out == "[/prod] [bold]no[/bold] :smile:\n"


def test_a_deployment_that_has_ended_meanwhile_heard_of_the_abort_unless_its_release_is_live(
    calls: Calls, kept: "Table", capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answer = Answer(202, {"canaries": [HONOURED | {"honoured": False}]})
    assert run("abort", "cowsay", "prod") == 0
    live = Lease(TARGET_ITSELF, 4, live_for=LiveFor("cowsay", "prod"), live_now=LiveNow("8", DIGEST, "now", "4f0c2d1"))
    kept.put_item(Item=keys.lease(live.target.id) | to_item(live))
    assert run("abort", "cowsay", "prod") == 1
    assert "gantry rollback takes it back" in capsys.readouterr().err
