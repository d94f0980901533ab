"""axe finds nothing on any page that people get, by day and by night: https://github.com/dequelabs/axe-core."""

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, PAGES, PHONE, STATUS_PAGES, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page


def found(page: "Page") -> list[tuple[str, str]]:
    """What axe calls a violation, and the first element that has it."""
    violations = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in violations]


@pytest.mark.parametrize("path", [*PAGES, *STATUS_PAGES, "/mail"])
@pytest.mark.parametrize(("visitor", "colours"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
def test_axe_finds_nothing(visit: Visit, path: str, visitor: dict[str, Any], colours: str) -> None:
    assert found(visit(path, visitor, colours)) == []


def test_axe_would_find_something(visit: Visit) -> None:
    page = visit("/status")
    page.evaluate("document.querySelector('html').removeAttribute('lang')")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"\"><input>')")
    assert {name for name, _ in found(page)} >= {"html-has-lang", "image-alt", "label"}
