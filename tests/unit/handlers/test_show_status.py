"""What goes on, as a page: read with few calls, by people who are signed in and by callers of IAM."""

import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gantry.handlers.http_api import show_status
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.status_page.style import STYLE_SOURCE
from gantry.use_cases.services import Services
from sandbox.stories.bench import page
from tests.browser.status_example import COMES_FROM
from tests.unit.handlers.ledger_pages import LedgerPages
from tests.unit.handlers.payloads import invoke
from tests.unit.handlers.status_records import write_services

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

EVENTS = Path(__file__).parents[3] / "events"
MOST_CALLS = 4
both_ways = pytest.mark.parametrize("name", ["show_status", "show_status.by_call"])


def event(name: str = "show_status", service: str | None = None, **query: str) -> Any:
    found = json.loads((EVENTS / f"{name}.json").read_text())
    if service is not None:
        found["rawPath"] += f"/{service}"
        found["requestContext"]["http"]["path"] = found["rawPath"]
    del found["headers"]["accept-encoding"]
    return found | {"queryStringParameters": query}


def shown(name: str = "show_status", service: str | None = None, status: int = 200, **query: str) -> str:
    answer = invoke(show_status.handler, event(name, service, **query))
    assert answer["statusCode"] == status
    return str(answer["body"])


@both_ways
def test_an_empty_ledger_is_a_page_too(ledger: "Table", name: str) -> None:
    assert "No service has been promoted yet" in shown(name)


@both_ways
def test_the_board_has_what_the_ledger_has(ledger: "Table", name: str) -> None:
    write_services(ledger, 3)
    html = shown(name)
    assert "Waits for people (1)" in html
    assert "On the move (1)" in html
    assert "Quarantined (1)" in html
    assert 'href="status/team/search"' in html


@pytest.mark.parametrize(("service", "is_compared"), [("cowsay", True), ("team/search", True), ("billing", False)])
def test_a_services_page_links_to_commits_changes_runs_and_executions(
    ledger: "Table", pages: LedgerPages, service: str, *, is_compared: bool
) -> None:
    write_services(ledger, 3)
    html = shown("show_status.by_call", service)
    for address in (COMES_FROM.commit, COMES_FROM.run):
        assert f'href="{address}"' in html
    assert (f'href="{COMES_FROM.compare}"' in html) == is_compared
    assert ("/v2/executions/details/arn:aws:states" in html) == is_compared, "what moves or waits has an execution"
    pages.clear()


def test_two_hundred_services_take_as_many_calls_as_three() -> None:
    """Without the queries of the answers that DynamoDB gives in pages. moto is too slow to be asked."""
    calls, _, size = page.measured(200)
    assert calls <= MOST_CALLS
    assert size < 100_000


@pytest.mark.parametrize(("name", "kept"), [("cowsay", "cowsay"), ("team/search", "team/search")])
def test_a_service_has_a_page_with_its_history(
    ledger: "Table", pages: LedgerPages, services: Services, name: str, kept: str
) -> None:
    write_services(ledger, 3)
    services.ledger.record(
        HistoryEntry(
            kept, "2026-11-23T09:00:00.000Z", HistoryKind.PROMOTION_FAILED, "arn:x", facts={"reason": "the tide"}
        )
    )
    services.ledger.record(
        HistoryEntry(
            kept, "2026-11-23T09:30:00.000Z", HistoryKind.APPROVAL_DECIDED, "arn:x", facts={"decision": "rejected"}
        )
    )
    html = shown("show_status.by_call", name)
    assert html.index("Approval: rejected") < html.index("the tide")
    older = shown("show_status", name, before="2026-11-23T09:30:00.000Z")
    assert "Approval: rejected" not in older
    assert "the tide" in older
    assert pages.count <= 2 * (MOST_CALLS + 2)
    pages.clear()  # what is for people is not bounded like what functions read


def test_a_name_that_no_service_has_is_not_found(ledger: "Table", pages: LedgerPages) -> None:
    assert "Gantry knows no service of this name" in shown(service="<b>nobody</b>", status=404)
    pages.clear()


def test_no_cache_keeps_it_no_frame_shows_it_and_it_loads_nothing(ledger: "Table") -> None:
    headers = invoke(show_status.handler, event())["headers"]
    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src {STYLE_SOURCE}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["Cache-Control"] == "no-store, no-transform"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_it_loads_again_by_itself_unless_somebody_has_switched_that_off(ledger: "Table") -> None:
    assert invoke(show_status.handler, event())["headers"]["Refresh"] == "30"
    assert "Refresh" not in invoke(show_status.handler, event(refresh="off"))["headers"]


def test_who_takes_gzip_gets_it(ledger: "Table") -> None:
    write_services(ledger, 40)
    asked = event()
    asked["headers"]["accept-encoding"] = "gzip, deflate, br"
    answer = invoke(show_status.handler, asked)
    assert answer["headers"]["Content-Encoding"] == "gzip"
    body = b64decode(answer["body"])
    assert len(body) < 8_000
    assert b"What is going on" in gzip.decompress(body)


@pytest.mark.parametrize("query", [{"page": "-1"}, {"page": "x"}, {"before": "' OR 1=1"}, {"refresh": "<b>"}])
def test_what_makes_no_sense_in_an_address_counts_for_nothing(ledger: "Table", query: dict[str, str]) -> None:
    write_services(ledger, 3)
    answer = invoke(show_status.handler, event(**query))
    assert (answer["statusCode"], "Services" in answer["body"]) == (200, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_nothing_can_be_done_there_but_look(method: str) -> None:
    asked = event()
    asked["requestContext"]["http"]["method"] = method
    assert invoke(show_status.handler, asked)["statusCode"] in {200, 404, 405}
