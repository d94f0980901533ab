"""What a story prints on: lines that stay, and below them, on a terminal, what is drawn anew."""

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from sandbox.driver.wrapping import WIDTH, wrapped

_SILENCE = 5.0
"""Seconds without a line, after which something is printed all the same."""


class Screen:
    """Prints lines of 80 columns at most, in the order in which they come, from any thread.

    `with Screen() as screen:` draws on a terminal, and breaks long silences anywhere.
    """

    def __init__(self, file: IO[str] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = Console(file=file or sys.stdout, width=WIDTH, highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._one_writer = threading.RLock()
        self._live: Live | None = None
        self._ended = threading.Event()
        self._spoke = self._said = self._clock()

    def __enter__(self) -> Self:
        self._spoke = self._clock()
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        threading.Thread(target=self._break_silences, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        with self._one_writer:
            if self._live:
                self._live.update("", refresh=True)
                self._live.stop()
                self._live = None

    @property
    def is_terminal(self) -> bool:
        """Whether what is drawn is drawn anew; anywhere else it is printed."""
        return self._console.is_terminal

    def be_silent(self) -> None:
        """Let silences be: from now on nothing is under way."""
        self._ended.set()

    def line(self, text: str = "", indent: int = 0) -> None:
        """Print a text, in several lines where it is long; those after the first begin at a column."""
        with self._one_writer:
            self._print(Text("\n".join(wrapped(text, indent))))

    def draw(self, drawn: RenderableType) -> None:
        """Draw something over what was drawn before; without a terminal, print it once there was a silence."""
        with self._one_writer:
            if self._live:
                self._live.update(drawn, refresh=True)
                self._spoke = self._clock()
            elif self._is_silent():
                self._print(drawn)

    def _print(self, what: RenderableType) -> None:
        if self._live:
            self._live.update("", refresh=True)  # what was drawn has ended
        self._console.print(what, soft_wrap=isinstance(what, Text))
        self._console.file.flush()
        self._spoke = self._said = self._clock()

    def _break_silences(self) -> None:
        while not self._ended.wait(1):
            with self._one_writer:
                if self._is_silent() and not self._ended.is_set():
                    self._still_busy()

    def _still_busy(self) -> None:
        said = self._said
        still = Text(f"{' ' * 12}… for {round(self._clock() - said)} s now", style="dim")
        if self._live:
            self._live.update(still, refresh=True)
            return
        self._print(still)
        self._said = said

    def _is_silent(self) -> bool:
        return self._clock() - self._spoke >= _SILENCE
