"""The pages, served with their real headers, and those who look at them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.event_handler import Response

from gantry.handlers.http_api.approval_responses import (
    not_found_page,
    page,
    refused_answer_page,
    repeated_answer_page,
    undelivered_outcome_page,
)
from gantry.promotion.status_page.headers import CONTENT_TYPE, headers_for
from gantry.promotion.status_page.view import StatusView
from gantry.use_cases.approvals.errors import AnswerRepeatedError, AnswerUnconfirmedError, OutcomeUndeliveredError
from tests.browser import ecs_example, example, status_example
from tests.browser.site import Answer, Site, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

Visit = Callable[..., "Page"]


def status(html: str) -> Answer:
    """A status page with its real headers. It does not load again: a test may take longer than that."""
    return Response(HTTPStatus.OK, CONTENT_TYPE, html, headers_for(StatusView(refreshes=False)))


NOT_TYPED = AnswerUnconfirmedError("To approve it, type the environment's name, prod.")
PAGES: dict[str, Answer] = {
    "/question": page(example.asking()),
    "/confirm": page(example.asking(example.CONFIRMED)),
    "/own": page(example.asking(objection=example.OWN)),
    "/quarantined": page(example.asking(objection=example.QUARANTINED)),
    "/released": page(example.asking(quarantine=example.RELEASED)),
    "/canary": page(example.asking_about_canary()),
    "/service": page(example.asking(ecs_example.SERVICE, lives=ecs_example.LIVES)),
    "/service-canary": page(example.asking_about_canary(ecs_example.CANARY)),
    "/endless": page(example.asking(example.endless())),
    "/approved": page(example.decided()),
    "/rejected": page(example.decided("rejected")),
    "/refused": refused_answer_page(NOT_TYPED),
    "/undelivered": undelivered_outcome_page(
        OutcomeUndeliveredError("cowsay 4f0c2d1 was approved for prod. The promotion could not be notified yet.")
    ),
    "/repeated": repeated_answer_page(
        AnswerRepeatedError("This answer was counted already. cowsay 4f0c2d1 was approved for prod.")
    ),
    "/nowhere": not_found_page(),
}
STATUS_PAGES = {
    "/empty": status(status_example.the_board(0)),
    "/status": status(status_example.the_board(3)),
    "/many": status(status_example.the_board(200)),
    "/status/cowsay": status(status_example.the_service()),
    "/status/nobody": status(status_example.nobody()),
}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
VISITORS = {
    f"{device} {'with' if scripts else 'without'} JavaScript": {**kind, "java_script_enabled": scripts}
    for device, kind in (("phone", PHONE), ("desktop", DESKTOP))
    for scripts in (True, False)
}

every_status_page = pytest.mark.parametrize("path", STATUS_PAGES)
every_page = pytest.mark.parametrize("path", PAGES)
every_visitor = pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS.keys())
with_and_without_scripts = pytest.mark.parametrize(
    "visitor", [VISITORS["desktop with JavaScript"], VISITORS["phone without JavaScript"]], ids=["with", "without"]
)
in_all_colours = pytest.mark.parametrize("colours", ["light", "dark"])


def mail(html: str) -> Answer:
    """A mail as a mail program shows it; that one has no policy of ours."""
    return Response(HTTPStatus.OK, "text/html; charset=utf-8", html, {})


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    html = example.the_mail().html
    start, end = html.index("<style>"), html.index("</style>") + len("</style>")
    mails = {"/mail": mail(html), "/plain-mail": mail(html[:start] + html[end:])}
    with served(PAGES | STATUS_PAGES | mails, after_a_post=page(example.decided())) as site:
        yield site


@pytest.fixture(scope="module")
def pages(browser: "Browser", site: Site) -> "Callable[[dict[str, Any]], Page]":
    """A tab for each kind of visitor: opening one takes longer than anything that is done in it."""
    opened: dict[str, Page] = {}

    def page_of(visitor: dict[str, Any]) -> "Page":
        if str(visitor) not in opened:
            opened[str(visitor)] = page = browser.new_context(base_url=site.url, **visitor).new_page()
            page.set_default_timeout(10_000)
        return opened[str(visitor)]

    return page_of


@pytest.fixture
def visit(pages: "Callable[[dict[str, Any]], Page]", site: Site) -> Visit:
    """Opens a page as somebody with a device, and with colours that they like."""

    def visit(path: str, visitor: dict[str, Any] = DESKTOP, colours: Any = "light") -> "Page":
        page = pages(visitor)
        page.set_viewport_size(visitor["viewport"])
        page.emulate_media(color_scheme=colours)
        site.asked.clear()
        site.forms.clear()
        page.goto(path)
        return page

    return visit


@contextmanager
def complaints(page: "Page") -> Iterator[list[str]]:
    """What a page writes to the console meanwhile, as it does when it breaks its policy, and what it cannot load."""
    found: list[str] = []

    def note(message: "ConsoleMessage") -> None:
        # Chromium's own line about every answer that is not 200.
        if "the server responded with a status of" not in message.text:
            found.append(message.text)

    def fail(request: "Request") -> None:
        found.append(request.url)

    page.on("console", note)
    page.on("requestfailed", fail)
    yield found
    page.remove_listener("console", note)
    page.remove_listener("requestfailed", fail)
