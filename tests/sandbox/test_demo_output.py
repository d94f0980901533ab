"""What the demo shows, in a terminal of 80 columns and elsewhere. The boards are recorded ones."""

import fcntl
import os
import pty
import re
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO

import pytest

from gantry.promotion.board.board import Board
from sandbox.driver.traffic import Answers
from sandbox.driver.waiting import eventually, meanwhile
from sandbox.driver.wrapping import WIDTH
from sandbox.stories.demo import NEXT
from sandbox.stories.ready import ready
from sandbox.stories.screen import Screen
from sandbox.stories.story import Story
from sandbox.stories.watching import Watching
from tests.browser.status_example import AT, busy

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LONG = (
    "Of a digest " + "0123456789abcdef" * 8 + " the whole story is told in one single sentence that does not end soon."
)


class Terminal:
    """A pseudo-terminal of 80 columns, and all that was written to it."""

    def __init__(self) -> None:
        self.written = b""
        self._reading, writing = pty.openpty()
        fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH, 0, 0))
        self.file = os.fdopen(writing, "w", encoding="utf-8")
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.written += os.read(self._reading, 4096)
            except OSError:  # the other end is closed
                return

    def close(self) -> str:
        """Everything that was written."""
        self.file.close()
        self._reader.join()
        os.close(self._reading)
        return self.written.decode()


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield Terminal()


def lines_of(written: str) -> list[str]:
    """The lines as a person sees them, those that were drawn over too."""
    return re.split(r"[\r\n]+", CONTROL.sub("", written))


def at(weight: int, step: int, until: str) -> Board:
    """A board with one canary that has so much traffic."""
    return Board(AT, (busy("cowsay", weight=weight, step=step, bake_until=until),))


STEPS = (
    at(10, 1, "2026-11-23T10:40:08.000Z"),
    at(25, 2, "2026-11-23T10:44:00.000Z"),
    at(50, 3, "2026-11-23T10:39:00.000Z"),
)


def tell(screen: Screen, *boards: Board) -> None:
    """Let a story wait while the boards come up one after the other, each for one look."""
    story, coming = Story(screen), iter(boards)
    answers = Answers()
    shown: list[Board] = []

    def read() -> Board:
        shown.append(next(coming))
        answers.by_version.update({"41": 30 * len(shown), "42": 10 * len(shown)})
        return shown[-1]

    watching = Watching(story, read, clock=lambda: float(len(shown)))
    watching.answers = answers
    with screen:
        story.chapter(f"1. {LONG}")
        with meanwhile(lambda _: watching.look()):
            eventually("the end", lambda: True if len(shown) == len(boards) - 1 else None)
        story.expect("the promotion", "SUCCEEDED", "SUCCEEDED")
        story.show("x" * 200)
        story.say(LONG)


def test_no_line_is_longer_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as made:
        tell(Screen(made.file), *STEPS)
        written = made.close()

    assert max(len(line) for line in lines_of(written)) <= WIDTH
    assert LONG.rsplit(maxsplit=1)[-1] in written


def test_a_canary_is_drawn_anew_as_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as made:
        tell(Screen(made.file), *STEPS)
        written = made.close()

    drawn = [line for line in lines_of(written) if re.search(r"━+ *\d+ %, step", line)]
    assert [re.findall(r"(\d+) %, step (\d)/3, (.*)", line)[0] for line in drawn] == [
        ("10", "1", "8 s of bake left"),
        ("25", "2", "4 min of bake left"),
        ("50", "3", "undecided, 2 h at most"),
    ]
    assert written.index("10 %") < written.index("25 %") < written.index("50 %") < written.index("the promotion")
    assert "answered: 60 by version 41 (0 failed), 20 by version 42 (0 failed)" in CONTROL.sub("", written)
    assert "version 42, new: 212 requests, 3 failed" in written
    assert "\x1b[2K" in written, "what was drawn is erased before the next lines"


def test_without_a_terminal_changes_are_lines_and_the_bar_fills() -> None:
    made, seconds = StringIO(), iter(range(0, 10_000, 6))

    tell(Screen(made, clock=lambda: next(seconds)), *STEPS)

    written = made.getvalue()
    assert not CONTROL.search(written)
    assert max(len(line) for line in written.splitlines()) <= WIDTH
    bars = [len(each) for each in re.findall(r"(━+[╸]?) *\d+ %, step", written)]
    assert bars == sorted(set(bars)), "each is longer than the one before"
    assert len(bars) == len(STEPS)


def test_what_was_waited_for_comes_last() -> None:
    """A wait ends with a look, so that nothing is told after what it has led to."""
    made = StringIO()
    quiet = replace(STEPS[0], services=())

    tell(Screen(made), quiet, STEPS[0])

    written = made.getvalue()
    assert written.index("4f0c2d1 at 10 %") < written.index("the promotion")


def test_a_long_silence_is_broken() -> None:
    made, now = StringIO(), [0.0]
    with Screen(made, clock=lambda: now[0]) as screen:
        screen.line("  0.0 s  sam build")
        now[0] = 7
        eventually("a sign of life", lambda: True if "for 7 s now" in made.getvalue() else None, seconds=20)
        screen.be_silent()
        said = made.getvalue()
        now[0] = 100
        threading.Event().wait(1.5)
    assert made.getvalue() == said


@pytest.mark.parametrize("text", [NEXT, ready("http://127.0.0.1:46000")], ids=["what to try next", "ready"])
def test_what_is_told_at_the_end_fits(text: str) -> None:
    assert max(len(line) for line in text.splitlines()) <= WIDTH
