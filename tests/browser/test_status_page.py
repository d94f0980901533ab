"""The board and a service's page, as people see them: with no service, 3 and 200, on phones and on desktops."""

from typing import Any

import pytest

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    STATUS_PAGES,
    Visit,
    complaints,
    every_status_page,
    in_all_colours,
    with_and_without_scripts,
)
from tests.browser.seen import next_focus, scrolls_sideways, texts
from tests.browser.site import Site


@every_status_page
def test_nothing_but_the_wide_table_scrolls_sideways(visit: Visit, path: str) -> None:
    page = visit(path)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert not scrolls_sideways(page), width


@in_all_colours
@every_status_page
def test_everything_has_contrast_enough(visit: Visit, path: str, colours: str) -> None:
    seen = texts(visit(path, colours=colours))
    assert [each for each in seen if not each.is_readable] == []
    assert {sum(each.behind) < 3 * 128 for each in seen if each.text.strip() == seen[0].text} == {colours == "dark"}


@with_and_without_scripts
@every_status_page
def test_it_asks_for_nothing_but_itself_and_has_nothing_to_complain_about(
    visit: Visit, site: Site, path: str, visitor: dict[str, Any]
) -> None:
    with complaints(visit("/nowhere", visitor)) as complained:
        visit(path, visitor)
    assert site.asked == [("GET", path)]
    assert complained == []


@every_status_page
def test_it_can_do_nothing_but_show(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.locator("form, button, input, script").count() == 0


@every_status_page
def test_headings_have_one_top_and_leave_no_level_out(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.locator("html").get_attribute("lang") == "en"
    assert [page.title()] == page.get_by_role("heading", level=1).all_inner_texts()
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("heading", level=3).count() == 0


@pytest.mark.parametrize(("path", "services"), [("/status", 3), ("/many", 200)])
def test_the_board_is_a_table_whose_cells_have_their_headers(visit: Visit, path: str, services: int) -> None:
    page = visit(path, PHONE)
    table = page.get_by_role("table")
    assert table.get_by_role("columnheader").count() == 5
    assert table.get_by_role("rowheader").count() == services
    assert table.get_by_role("cell").count() == 4 * services


def test_a_phone_shows_first_what_waits_for_people(visit: Visit) -> None:
    page = visit("/status", PHONE)
    box = page.get_by_role("heading", name="Waits for people").bounding_box()
    assert box
    assert box["y"] < 200
    command = page.get_by_text("gantry approve 1f3a8c52d9e04b7f8a6c").bounding_box()
    assert command
    assert command["y"] + command["height"] < PHONE["viewport"]["height"], "without scrolling"


def test_the_wide_table_can_be_scrolled_with_the_keyboard_and_keeps_its_services_in_sight(visit: Visit) -> None:
    page = visit("/status", PHONE)
    region = page.get_by_role("region", name="Services")
    region.focus()
    page.keyboard.press("End")
    first = page.get_by_role("rowheader").first
    region.evaluate("each => { each.scrollLeft = 1000 }")
    assert region.evaluate("each => each.scrollLeft") > 0
    box = first.bounding_box()
    assert box
    assert box["x"] >= 0, "its name stays"


def test_the_first_thing_that_the_keyboard_reaches_stops_the_refreshing(visit: Visit) -> None:
    page = visit("/status")
    name, is_seen = next_focus(page)
    assert is_seen
    assert name == "A"
    assert page.evaluate("document.activeElement.textContent") == "Stop that"


@pytest.mark.parametrize("visitor", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_each_verdict_has_its_picture_and_says_what_it_shows(visit: Visit, visitor: dict[str, Any]) -> None:
    page = visit("/status/cowsay", visitor)
    pictures = page.get_by_role("img", name="Requests and errors of both versions")
    assert pictures.count() == 3
    box = pictures.first.bounding_box()
    assert box
    assert box["width"] <= visitor["viewport"]["width"]
    assert box["x"] + box["width"] <= visitor["viewport"]["width"]


def test_links_lead_to_a_service_and_back(visit: Visit, site: Site) -> None:
    page = visit("/status")
    page.get_by_role("link", name="cowsay").first.click()
    page.wait_for_url("**/status/cowsay")
    page.get_by_role("link", name="All services").click()
    page.wait_for_url("**/status")
    assert [path for _, path in site.asked] == ["/status", "/status/cowsay", "/status"]
    assert set(STATUS_PAGES) >= {"/status", "/status/cowsay"}
