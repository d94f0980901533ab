"""How people answer on the page: with a thumb, a mouse or a keyboard, with JavaScript or without."""

from typing import Any

import pytest

from tests.browser.conftest import VISITORS, Visit, every_visitor, in_all_colours, with_and_without_scripts
from tests.browser.ecs_example import PLACE
from tests.browser.example import NONCE
from tests.browser.seen import next_focus
from tests.browser.site import Site

PHONES = [visitor for visitor in VISITORS.values() if visitor.get("is_mobile")]
CONFIRM = "To approve, type the environment's name: prod"


@every_visitor
@pytest.mark.parametrize(("button", "decision"), [("Approve", "approved"), ("Reject", "rejected")])
def test_a_button_sends_its_decision_with_the_reason_and_the_nonce(
    visit: Visit, site: Site, visitor: dict[str, Any], button: str, decision: str
) -> None:
    page = visit("/question", visitor)
    page.get_by_label("Reason (optional, at most 500 characters)").fill("seen in staging")
    page.get_by_role("button", name=button, exact=True).click()
    assert "approved" in page.get_by_role("status").inner_text()
    assert site.forms == [{"nonce": NONCE, "reason": "seen in staging", "decision": decision}]


@every_visitor
@pytest.mark.parametrize(("button", "decision"), [("Keep waiting", "keep_waiting"), ("Roll back", "rejected")])
def test_about_a_canary_waiting_and_rolling_back_need_no_name(
    visit: Visit, site: Site, visitor: dict[str, Any], button: str, decision: str
) -> None:
    page = visit("/canary", visitor)
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("status").wait_for()
    assert site.forms == [{"nonce": NONCE, "reason": "", "environment": "", "decision": decision}]


def test_both_versions_of_a_canary_are_drawn_and_described(visit: Visit) -> None:
    drawing = visit("/canary", VISITORS["phone without JavaScript"]).get_by_role("img")
    box = drawing.bounding_box()
    assert box
    assert 200 < box["width"] <= 360
    assert "of 210 requests failed" in str(drawing.locator("desc").text_content())


def test_of_an_ecs_service_people_read_where_secrets_lie_what_runs_first_and_that_ecs_waits(visit: Visit) -> None:
    def cell(name: str) -> str:
        header = page.get_by_role("rowheader", name=name, exact=True)
        return page.get_by_role("row").filter(has=header).get_by_role("cell").inner_text()

    page = visit("/service")
    assert cell("memory") == "1024 → 2048"
    assert cell("secrets.DATABASE_URL") == f"(not set) → {PLACE}"
    assert cell("environment.QUOTES_API_KEY").count("••••••") == 2
    assert cell("Checked before traffic") == "run_task python manage.py migrate"
    assert cell("Traffic").startswith("all at once → 25 % for 5m, then 50 % for 5m, then 75 % for 5m, then all; ")
    assert cell("Traffic").endswith("waits for Gantry before each")


def test_of_an_ecs_service_people_read_why_the_canary_keeps_its_share(visit: Visit) -> None:
    page = visit("/service-canary")
    row = page.get_by_role("row", name="Traffic now").get_by_role("cell").inner_text()
    assert row.startswith("50 % on version cowsay:12 (4f0c2d1), the rest on cowsay:11")
    assert row.endswith("the service can only go on, or all the way back")


@every_visitor
def test_approving_waits_for_the_environments_name(visit: Visit, site: Site, visitor: dict[str, Any]) -> None:
    page = visit("/confirm", visitor)
    page.get_by_role("button", name="Approve").click()
    assert page.get_by_label(CONFIRM).evaluate("each => each.matches(':invalid:focus')")
    assert site.forms == []
    page.get_by_label(CONFIRM).fill("prod")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("status").wait_for()
    assert site.forms == [{"nonce": NONCE, "reason": "", "environment": "prod", "decision": "approved"}]


@with_and_without_scripts
def test_rejecting_needs_no_name(visit: Visit, site: Site, visitor: dict[str, Any]) -> None:
    page = visit("/confirm", visitor)
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("status").wait_for()
    assert [form["decision"] for form in site.forms] == ["rejected"]


@with_and_without_scripts
@pytest.mark.parametrize("path", ["/confirm", "/question", "/own"])
def test_enter_in_a_box_decides_nothing(visit: Visit, site: Site, visitor: dict[str, Any], path: str) -> None:
    page = visit(path, visitor)
    for box in page.get_by_role("textbox").all():
        box.fill("prod")
        box.press("Enter")
    page.wait_for_timeout(100)
    assert site.asked == [("GET", path)]


LINKS = ["A"] * 4
"""To the commit, to what it changes, to the CI run, and to the execution."""
WITHOUT_COMPARISON = LINKS[1:]
"""What is live by now says nothing about what was decided."""


@in_all_colours
@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/question", [*LINKS, "reason", "approved", "rejected"]),
        ("/confirm", [*LINKS, "reason", "environment", "approved", "rejected"]),
        ("/own", [*LINKS, "reason", "rejected"]),
        ("/quarantined", [*LINKS, "reason", "rejected"]),
        ("/refused", ["A"]),
        ("/undelivered", []),
        ("/approved", WITHOUT_COMPARISON),
    ],
)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    visit: Visit, path: str, order: list[str], colours: str
) -> None:
    page = visit(path, colours=colours)
    assert [next_focus(page) for _ in order] == [(name, True) for name in order]
    assert page.locator("a, button:not([hidden]), textarea, input:not([type=hidden])").count() == len(order)


@pytest.mark.parametrize(("tabs", "decision"), [(2, "approved"), (3, "rejected")])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_alone_is_enough(visit: Visit, site: Site, tabs: int, decision: str, key: str) -> None:
    page = visit("/question", VISITORS["desktop without JavaScript"])
    for _ in range(len(LINKS) + tabs):
        page.keyboard.press("Tab")
    page.keyboard.press(key)
    page.get_by_role("status").wait_for()
    assert [form["decision"] for form in site.forms] == [decision]


@pytest.mark.parametrize("visitor", PHONES, ids=["with JavaScript", "without JavaScript"])
def test_thumbs_find_large_buttons_with_room_between_them(visit: Visit, visitor: dict[str, Any]) -> None:
    page = visit("/confirm", visitor)
    approve, reject = (page.get_by_role("button", name=name).bounding_box() for name in ("Approve", "Reject"))
    assert approve
    assert reject
    assert min(approve["height"], reject["height"]) >= 44
    assert reject["y"] - (approve["y"] + approve["height"]) >= 16
    for box in page.get_by_role("textbox").all():
        assert (box.bounding_box() or {"height": 0})["height"] >= 44
        # Safari zooms into boxes with smaller letters, and out of the page's width with that.
        assert box.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") >= 16


def test_the_two_buttons_differ_by_more_than_colour(visit: Visit) -> None:
    page = visit("/question")
    approve, reject = (page.get_by_role("button", name=name) for name in ("Approve", "Reject"))
    assert (approve.inner_text(), reject.inner_text()) == ("✓ Approve", "✕ Reject")
    filled = "each => getComputedStyle(each).backgroundColor"
    assert approve.evaluate(filled).startswith("rgb(")
    assert reject.evaluate(filled) == "rgba(0, 0, 0, 0)"


def test_what_changes_can_be_read_without_colours(visit: Visit) -> None:
    page = visit("/question")
    line = "each => getComputedStyle(each).textDecorationLine"
    row = page.get_by_role("row", name="memory_mb")
    assert row.get_by_role("cell").inner_text() == "512 → 1024"
    assert row.locator("del").evaluate(line) == "line-through"
    assert row.locator("ins").evaluate("each => getComputedStyle(each).fontWeight") == "700"


@pytest.mark.parametrize(
    ("path", "why"), [("/own", "somebody else has to approve it"), ("/quarantined", "has been quarantined since")]
)
def test_with_an_objection_one_can_only_reject(visit: Visit, path: str, why: str) -> None:
    page = visit(path)
    assert page.get_by_role("button").all_inner_texts() == ["✕ Reject"]
    assert why in page.get_by_role("main").inner_text()


def test_a_table_is_called_by_its_heading(visit: Visit) -> None:
    page = visit("/question")
    names = page.get_by_role("heading", level=2).all_inner_texts()[:-1]
    assert len(names) == page.get_by_role("table").count() > 4
    assert page.get_by_role("table", name=names[0], exact=True).count() == names.count(names[0])


def test_after_a_refusal_a_link_leads_back_to_the_question(visit: Visit, site: Site) -> None:
    page = visit("/refused")
    with page.expect_navigation():
        page.get_by_role("link", name="Open the page again").click()
    assert site.asked == [("GET", "/refused")] * 2
