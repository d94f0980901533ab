"""Prints what happens in a story, and remembers what went wrong."""

import time
from dataclasses import dataclass, field

from sandbox.stories.screen import Screen

_TEXT = 12
"""The column in which what happened begins, after the seconds."""


@dataclass
class Story:
    """Prints what happens, and remembers what should have happened and did not."""

    screen: Screen = field(default_factory=Screen)
    started: float = field(default_factory=time.monotonic)
    failures: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        """Print the title of the next part."""
        self.screen.line(f"\n{title}")

    def say(self, what: str) -> None:
        """Print something that happened, with the seconds since the beginning."""
        self.screen.line(f"  {time.monotonic() - self.started:6.1f} s  {what}", _TEXT)

    def show(self, output: str) -> None:
        """Print what a command has printed, as it is."""
        self.screen.line(output.strip("\n"))

    def expect(self, what: str, actual: object, wanted: object) -> None:
        """Print whether a value is the expected one."""
        if actual == wanted:
            self.say(f"✔ {what}: {actual}")
            return
        self.failures.append(f"{what} should be {wanted}, but is {actual}")
        self.say(f"✘ {self.failures[-1]}")
