"""The browser, for the tests that need one, and Ctrl-C, for those that type it."""

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import MISSING, executable, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser for the tests of one module. In CI there has to be one; anywhere else they are skipped without."""
    if executable() is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    with launched() as browser:
        yield browser


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skipped test is easily overlooked."""
    reports = terminalreporter.stats.get("skipped", [])
    if skipped := [report for report in reports if MISSING in str(report.longrepr)]:
        terminalreporter.write_line(
            f"Not tested in a browser ({len(skipped)} tests): {MISSING}.", yellow=True, bold=True
        )
