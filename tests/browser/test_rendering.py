"""What everybody sees of the mail and the page, on a phone and on a desktop, by day and by night."""

from typing import Any

import pytest

from tests.browser.conftest import PAGES, PHONE, Visit, complaints, every_page, in_all_colours, with_and_without_scripts
from tests.browser.seen import scrolls_sideways, texts
from tests.browser.site import Site

every_mail = pytest.mark.parametrize("path", ["/mail", "/plain-mail"])
every_document = pytest.mark.parametrize("path", [*PAGES, "/mail", "/plain-mail"])
ANSWERED = ("/approved", "/rejected", "/refused", "/undelivered")


@every_document
def test_nothing_scrolls_sideways(visit: Visit, path: str) -> None:
    page = visit(path)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert not scrolls_sideways(page), width


@in_all_colours
@every_document
def test_everything_has_contrast_enough(visit: Visit, path: str, colours: str) -> None:
    seen = texts(visit(path, colours=colours))
    assert [each for each in seen if not each.is_readable] == []
    assert len(seen) >= 2, "a heading and a sentence at least"
    assert {sum(each.behind) < 3 * 128 for each in seen if each.text.strip() == seen[0].text} == {colours == "dark"}


@with_and_without_scripts
@every_page
def test_a_page_asks_for_nothing_but_itself_and_has_nothing_to_complain_about(
    visit: Visit, site: Site, path: str, visitor: dict[str, Any]
) -> None:
    with complaints(visit("/nowhere", visitor)) as complained:
        visit(path, visitor)
    assert site.asked == [("GET", path)]
    assert complained == []


def test_a_complaint_would_be_heard(visit: Visit) -> None:
    page = visit("/nowhere")
    with complaints(page) as complained:
        page.evaluate("document.body.append(Object.assign(new Image(), {src: '/pixel.png'}))")
        page.wait_for_timeout(100)
    assert any("Content Security Policy" in each for each in complained)


@every_mail
def test_a_mail_asks_for_nothing(visit: Visit, site: Site, path: str) -> None:
    visit(path)
    assert site.asked == [("GET", path)]


def test_the_policy_lets_in_the_pages_own_style_and_no_other(visit: Visit) -> None:
    page, height = visit("/confirm"), "each => getComputedStyle(each).minHeight"
    assert page.get_by_role("button", name="Reject").evaluate(height) == "48px"
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<style>button{min-height:10px!important}</style>')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=new style=min-height:10px></p>')")
    assert page.get_by_role("button", name="Reject").evaluate(height) == "48px"
    assert page.locator("#new").evaluate(height) != "10px"


@with_and_without_scripts
@pytest.mark.parametrize("path", ANSWERED)
def test_what_came_of_it_is_what_one_sees_first(visit: Visit, path: str, visitor: dict[str, Any]) -> None:
    page = visit(path, visitor)
    sentence = page.get_by_role("alert" if path in {"/refused", "/undelivered"} else "status")
    box, height = sentence.bounding_box(), visitor["viewport"]["height"]
    assert box
    assert box["y"] + box["height"] < height / 2
    assert page.locator("h1 + *").first.evaluate("each => each.getAttribute('role')") in {"alert", "status"}


@every_page
def test_a_page_has_a_language_a_title_and_one_heading_above_the_others(visit: Visit, path: str) -> None:
    page = visit(path)
    assert page.locator("html").get_attribute("lang") == "en"
    assert [page.title()] == page.get_by_role("heading", level=1).all_inner_texts()
    assert page.get_by_role("heading", level=3).count() == 0
    assert page.get_by_role("main").count() == 1


@every_page
def test_every_row_of_a_table_has_its_header(visit: Visit, path: str) -> None:
    rows = visit(path, PHONE).locator("tr")
    headed = rows.locator(":scope > th[scope=row]:first-child + td, :scope > td[colspan='2']:only-child")
    assert headed.count() == rows.count()


def test_a_phone_keeps_tables_tables(visit: Visit) -> None:
    """Some browsers take what is laid out as blocks for no table any more."""
    page = visit("/question", PHONE)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if "role" in node]
    assert roles.count("rowheader") == page.locator("th").count() > 10


@every_mail
def test_a_mail_has_one_button_that_a_thumb_can_hit(visit: Visit, path: str) -> None:
    page = visit(path, PHONE)
    button, *others = page.get_by_role("link").all()
    assert [each.get_attribute("href") for each in others] == [each.inner_text() for each in others]
    box = button.bounding_box()
    assert box
    assert box["height"] >= 44
    assert box["y"] + box["height"] < 740, "without scrolling"
    assert page.get_by_role("button").count() == page.get_by_role("textbox").count() == 0
