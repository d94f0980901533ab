"""People who answer on the deployed page, in a real browser, by the link in their mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import VISITORS
from tests.end_to_end.question import ANN, BOB, Question
from tests.end_to_end.service import NewService

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CONFIRMED = {"approvers": [ANN, BOB], "confirm": "type-the-environment"}
every_visitor = pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS.keys())


@contextmanager
def _opened(browser: "Browser", link: str, visitor: dict[str, Any]) -> Iterator["Page"]:
    context = browser.new_context(**visitor)
    page, told = context.new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.goto(link)
    yield page
    assert told == [], "the page keeps to its own policy"
    context.close()


@every_visitor
def test_somebody_approves_and_another_sees_it(
    browser: "Browser", new_service: NewService, visitor: dict[str, Any]
) -> None:
    question = Question.of_push(new_service(), CONFIRMED).waits()
    with _opened(browser, question.link(ANN), visitor) as page:
        assert page.get_by_role("row", name="Digest sha256:").get_by_role("cell").inner_text() == question.digest
        page.get_by_label("Reason").fill("seen in a browser")
        page.get_by_role("button", name="Approve").click()
        assert question.approval["answers"] == [], "the name was not typed"
        page.get_by_label("type the environment's name").fill("prod")
        page.get_by_role("button", name="Approve").click()
        told = page.get_by_role("status").inner_text()
        assert "approved" in told
        assert "seen in a browser" in told
        page.goto(page.url)
        assert page.get_by_role("button").count() == 0
    with _opened(browser, question.link(BOB), visitor) as page:
        assert page.get_by_role("status").inner_text() == told
    question.service.succeeds(question.promotion)
    (answer,) = question.decided["answers"]
    assert (answer["approver"], answer["decision"], answer["reason"]) == (ANN, "approved", "seen in a browser")
    assert "Chrome" in answer["user_agent"]


@every_visitor
def test_somebody_rejects_without_typing_the_name(
    browser: "Browser", new_service: NewService, visitor: dict[str, Any]
) -> None:
    question = Question.of_push(new_service(), CONFIRMED).waits()
    with _opened(browser, question.link(BOB), visitor) as page:
        page.get_by_label("Reason").fill("not on a <b>Friday</b>")
        page.get_by_role("button", name="Reject").click()
        told = page.get_by_role("status").inner_text()
        assert "rejected" in told
        assert "not on a <b>Friday</b>" in told
    question.fails_with("ApprovalRejected", BOB)
    assert question.service.versions() == []


def test_a_wrong_name_is_refused_and_a_link_leads_back(browser: "Browser", new_service: NewService) -> None:
    question = Question.of_push(new_service(), CONFIRMED).waits()
    context = browser.new_context()
    page = context.new_page()
    page.goto(question.link(ANN))
    page.get_by_label("type the environment's name").fill("staging")
    page.get_by_role("button", name="Approve").click()
    assert "Nothing was changed" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="Open the page again").click()
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("status").wait_for()
    context.close()
    question.fails_with("ApprovalRejected", ANN)
