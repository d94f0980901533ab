from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.source_links import SourceLinks
from gantry.promotion.status_page.links import PageLinks
from gantry.promotion.status_page.timeline import timeline_html
from gantry.promotion.status_page.verdict_chart import verdict_chart
from gantry.promotion.status_page.view import StatusView
from tests.browser.status_example import COMES_FROM, HISTORY, NEW, PAUSE, entry, evidence, nobody, the_service
from tests.unit.promotion.documents import Parsed

SVG = "{http://www.w3.org/2000/svg}"
EXECUTION = "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1"


def timeline(*entries: HistoryEntry, links: PageLinks | None = None, **changes: Any) -> str:
    return timeline_html(entries, StatusView(**changes), links or PageLinks(), has_more=False)


def text(html: str) -> str:
    return Parsed(html).text.replace("\N{NO-BREAK SPACE}", " ")


def test_each_target_says_what_is_live_what_moves_and_how_to_steer_it() -> None:
    found = text(the_service())
    assert "4f0c2d1, version 57, digest 9f86d081884c, since 2026-11-23 08:31 UTC (2 h)" in found
    assert "step 2 of 3; the rollout ends by 2026-11-23 12:30 UTC" in found
    assert "the alarms cowsay-errors, cowsay-latency" in found
    assert "inconclusive, 1 min ago; new version: 3 of 212 requests failed, stable version: 5 of 1,980" in found
    for command in ("pause", "advance", "abort"):
        assert f"<code>gantry {command} cowsay prod</code>" in the_service()
    assert "<code>gantry rollback cowsay prod --reason '…'</code>" in the_service()


def test_it_has_a_heading_for_each_environment_and_a_caption_for_each_target() -> None:
    html = the_service()
    assert [html.count(f"<h2>{each}</h2>") for each in ("dev", "staging", "prod")] == [1, 1, 1]
    assert html.count("<caption>") == 4
    assert html.count("<h1>") == 1


def test_a_name_that_no_service_has_leads_back() -> None:
    assert "Gantry knows no service of this name" in nobody()
    assert 'href="../status"' in nobody()


def test_the_timeline_is_newest_first_with_who_and_why() -> None:
    html = the_service()
    assert html.index("Canary judged inconclusive") < html.index("Approval: approved") < html.index("Promotion started")
    found = text(html)
    assert "lead@example.com: The latency alarm is the load test; it was announced." in found
    assert "For dev, staging, prod." in found
    assert "Pushed by alice@example.com, as its label says." in found


@pytest.mark.parametrize("kind", HistoryKind)
def test_every_kind_of_entry_has_a_heading(kind: HistoryKind) -> None:
    facts = {"verdict": "healthy", "status": "passed", "decision": "approved", "check": "invoke", "reason": "fine"}
    found = text(timeline(entry("23T10:39", kind, **facts)))
    assert "unknown" not in found
    assert "_" not in found
    assert "2026-11-23 10:39 UTC" in found


def test_what_a_newer_version_has_recorded_is_shown_with_what_it_says() -> None:
    newer = replace(entry("23T10:39", HistoryKind.ROLLED_BACK), kind="canary_paused")  # type: ignore[arg-type]
    who = "arn:aws:sts::1:assumed-role/Ops/alice"
    found = text(timeline(replace(newer, facts={"by": who, "reason": "the load test"})))
    assert "Canary paused" in found
    assert "the load test. By assumed-role/Ops/alice." in found


@pytest.mark.parametrize(
    ("one", "is_bad"),
    [
        (entry("23T10:39", HistoryKind.CANARY_JUDGED, verdict="unhealthy"), True),
        (entry("23T10:39", HistoryKind.CANARY_JUDGED, verdict="healthy"), False),
        (entry("23T10:39", HistoryKind.REVISION_CHECKED, status="failed"), True),
        (entry("23T10:39", HistoryKind.APPROVAL_DECIDED, decision="rejected"), True),
        (entry("23T10:39", HistoryKind.DEPLOYMENT_ROLLED_BACK), True),
        (entry("23T10:39", HistoryKind.DEPLOYMENT_COMPLETED), False),
    ],
)
def test_what_people_should_look_at_is_marked(one: HistoryEntry, is_bad: bool) -> None:
    assert ('class="fault"' in timeline(one)) is is_bad


def test_an_entry_links_to_commit_changes_run_and_execution() -> None:
    links = PageLinks({NEW: COMES_FROM}, lambda _: EXECUTION)
    addresses = [each["href"] for each in Parsed(timeline(HISTORY[0], links=links)).all("a")]
    assert addresses == [COMES_FROM.commit, COMES_FROM.compare, COMES_FROM.run, EXECUTION]


def test_a_release_whose_commit_has_no_known_page_links_to_its_repository() -> None:
    links = PageLinks({NEW: replace(COMES_FROM, commit=None, compare=None)})
    addresses = [each["href"] for each in Parsed(timeline(HISTORY[0], links=links)).all("a")]
    assert addresses == [COMES_FROM.repository, COMES_FROM.run]


@pytest.mark.parametrize(
    "address", [None, "", "http://a.example", "javascript:alert(1)", "https://a b", "https://ä.example"]
)
def test_what_is_no_safe_address_makes_no_link(address: str | None) -> None:
    links = PageLinks({NEW: SourceLinks(address, address, address, address)}, lambda _: address)
    assert "<a " not in timeline(HISTORY[0], links=links)


def test_a_long_history_goes_on_with_the_next_page() -> None:
    entries = [replace(HISTORY[0], at=f"2026-11-23T10:{n // 60:02}:{n % 60:02}.000Z") for n in range(999, -1, -1)]
    html = the_service(entries=entries)
    assert len(html.encode()) < 100_000
    last = Parsed(html.partition('<ol aria-labelledby="history">')[2]).all("time")[-1]["datetime"]
    assert f'href="?before={str(last).replace(":", "%3A")}#history"' in html
    assert "Newest entries" not in html
    assert "Newest entries" in the_service(before=last)


def test_without_history_it_says_so() -> None:
    assert "Nothing has happened yet." in timeline()
    assert "Nothing has happened before that." in timeline(before="2026-11-23T10:39:00.000Z")


def test_the_timeline_says_who_did_what_to_a_canary() -> None:
    steered = entry(
        "23T10:39", HistoryKind.CANARY_STEERED, action="pause", by=PAUSE.by, reason="odd numbers", weight=10
    )
    found = text(timeline(steered, entry("23T10:38", HistoryKind.CANARY_STEERED, action="turn")))
    assert "Canary paused" in found
    assert "odd numbers" in found
    assert "alice" in found
    assert "Canary steered" in found, "what a newer version may know"


def test_a_paused_canary_can_be_resumed() -> None:
    html = timeline()
    assert "resume" not in html
    paused = the_service(paused=PAUSE)
    assert "<code>gantry resume cowsay prod</code>" in paused
    assert "<code>gantry pause cowsay prod</code>" not in paused
    assert "by assumed-role/Operators/alice until 2026-11-23 12:30 UTC: the load test runs until eleven" in text(paused)


def picture(*numbers: tuple[int, int]) -> ElementTree.Element:
    return ElementTree.fromstring(verdict_chart(evidence(*numbers)))  # noqa: S314 -- our own


def test_a_verdicts_picture_says_in_words_what_it_shows() -> None:
    drawn = picture((212, 3), (1980, 5))
    assert drawn.attrib["role"] == "img"
    assert drawn.findtext(f"{SVG}desc") == (
        "new version: 212 requests, 3 (1.4 %) failed; stable version: 1,980 requests, 5 (0.25 %) failed."
    )
    assert [each.text for each in drawn.iter(f"{SVG}text")] == [
        "Requests", "Failed", "new", "212", "3 (1.4 %)", "stable", "1,980", "5 (0.25 %)",
    ]  # fmt: skip


def test_a_bar_is_as_long_as_its_number_and_the_versions_differ_without_colour() -> None:
    bars = list(picture((500, 10), (1000, 10)).iter(f"{SVG}rect"))
    assert [each.attrib["width"] for each in bars] == ["55", "110", "110", "55"]
    assert ["fill-opacity" in each.attrib for each in bars] == [False, False, True, True]
    assert {each.attrib["fill"] for each in bars} == {"currentColor"}


def test_no_request_and_no_failure_make_bars_that_can_be_seen() -> None:
    assert [each.attrib["width"] for each in picture((1, 0), (1, 0)).iter(f"{SVG}rect")] == ["110", "1", "110", "1"]


@pytest.mark.parametrize(
    "recorded",
    [{}, {"failed": None}, {"failed": {"canary": 1}}, {"failed": {"canary": {"requests": "<b>", "bad": 1}}}],
)
def test_without_numbers_there_is_no_picture(recorded: dict[str, Any]) -> None:
    assert verdict_chart(recorded) == ""
    assert "<figure>" not in timeline(entry("23T10:39", HistoryKind.CANARY_JUDGED, evidence=recorded))
