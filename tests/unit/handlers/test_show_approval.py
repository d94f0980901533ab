from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws import clients
from aws.approvals import Approvals
from handlers import show_approval
from promotion.approval import Decision
from tests.unit.handlers.http_requests import (
    FAR_AWAY,
    LEAD,
    LINK,
    LONG_AGO,
    OPS,
    OTHER_LINK,
    TOKEN,
    ask,
    request,
    text_of,
)
from tests.unit.handlers.payloads import Said, invoke

pytestmark = pytest.mark.usefixtures("ledger")


def show(link: str = LINK, method: str = "GET") -> Any:
    return invoke(show_approval.handler, request(method, link))


def decide(decision: Decision, reason: str | None = None) -> None:
    approval = ask()
    Approvals.from_env().decide(approval.id, decision, OPS, "2026-11-22T10:00:00.000Z", reason, "203.0.113.7", "curl")


@pytest.fixture
def calls(ledger: Any) -> Iterator[list[str]]:
    """The operations that DynamoDB is asked for."""
    asked: list[str] = []
    events = clients.ledger_table().meta.client.meta.events

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    events.register("before-call.dynamodb", note)
    yield asked
    events.unregister("before-call.dynamodb", note)


def test_each_approver_is_asked_by_name() -> None:
    ask()
    for link, approver in ((LINK, OPS), (OTHER_LINK, LEAD)):
        answer = show(link)
        assert answer["statusCode"] == 200
        assert f"You answer as {approver}, until {FAR_AWAY}." in text_of(answer)
        assert '<form method="post">' in answer["body"]
        assert "version 7 (tag7)" in text_of(answer)


@pytest.mark.parametrize(
    "before",
    [ask, lambda: ask(LONG_AGO), lambda: decide("approved"), lambda: None],
    ids=["open", "expired", "decided", "none"],
)
def test_looking_never_changes_anything_and_only_reads(
    before: Callable[[], object], items: Said, calls: list[str]
) -> None:
    before()
    kept = items()
    calls.clear()
    for _ in range(3):
        show()
    assert set(calls) == {"GetItem"}
    assert items() == kept


def test_what_shows_has_no_way_to_decide_or_to_answer_the_machine() -> None:
    assert not {"Executions", "EventBus", "Ledger", "Topic"} & vars(show_approval).keys()


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS"])
def test_any_other_method_shows_nothing_and_changes_nothing(method: str, items: Said) -> None:
    ask()
    kept = items()
    assert show(method=method)["statusCode"] == 404
    assert items() == kept


@pytest.mark.parametrize(("decision", "reason"), [("approved", None), ("rejected", "not on a Friday")])
def test_after_a_decision_every_link_shows_who_decided_what(decision: Decision, reason: str | None) -> None:
    decide(decision, reason)
    for link in (LINK, OTHER_LINK):
        answer = show(link)
        assert answer["statusCode"] == 200
        told = f"{decision.capitalize()} by {OPS} at 2026-11-22T10:00:00.000Z."
        assert told + (f" Reason: {reason}" if reason else "") in text_of(answer)
        assert "<form" not in answer["body"]


def test_after_the_expiry_the_question_is_not_asked_any_more() -> None:
    ask(LONG_AGO)
    answer = show()
    assert "<form" not in answer["body"]
    assert f"Nobody decided until {LONG_AGO}." in text_of(answer)


def test_a_link_that_never_was_tells_nothing() -> None:
    ask()
    answer = show("a-link-that-somebody-guessed")
    assert answer["statusCode"] == 404
    assert "There is no such page." in answer["body"]
    assert "cowsay" not in answer["body"]


@pytest.mark.parametrize("link", [LINK, "nowhere"])
def test_no_cache_keeps_the_page_no_frame_shows_it_and_no_referrer_carries_the_link_on(link: str) -> None:
    ask()
    headers = {name.lower(): value for name, value in show(link)["headers"].items()}
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_neither_the_page_nor_the_log_tells_the_token_or_the_link(logged: list[str]) -> None:
    ask()
    told = show()["body"] + "".join(logged)
    assert TOKEN not in told
    assert LINK not in told


def test_the_table_holds_no_link_that_could_be_followed(items: Said) -> None:
    ask()
    assert LINK not in str(items())
