"""The machine's own Chromium, driven by Playwright, which brings none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"there is no browser: none of {', '.join(NAMES)} is on the PATH; on Debian, apt-get install chromium"
_FLAGS = (
    "--no-sandbox",  # as root, as in CI's containers; it sees no page but our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",  # coloured edges of letters make pictures large
)


def executable() -> str | None:
    """Where it is; None when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched() -> Iterator["Browser"]:
    """A browser until the end of the block; meanwhile this thread can run no other asyncio loop."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - most tests need no browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
