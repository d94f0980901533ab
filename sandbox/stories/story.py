"""Prints what happens in a story, and remembers what went wrong."""

import time
from dataclasses import dataclass, field


@dataclass
class Story:
    """Prints what happens, and remembers what should have happened and did not."""

    started: float = field(default_factory=time.monotonic)
    failures: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        """Print the title of the next part."""
        print(f"\n{title}", flush=True)

    def say(self, what: str) -> None:
        """Print something that happened, with the seconds since the beginning."""
        print(f"  {time.monotonic() - self.started:6.1f} s  {what}", flush=True)

    def expect(self, what: str, actual: object, wanted: object) -> None:
        """Print whether a value is the expected one."""
        if actual == wanted:
            self.say(f"✔ {what}: {actual}")
            return
        self.failures.append(f"{what} should be {wanted}, but is {actual}")
        self.say(f"✘ {self.failures[-1]}")
