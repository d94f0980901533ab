"""The command blocks of the pages, each with a name: the page, the heading above it, and its number there."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "docs" / "deploying.md",
    ROOT / "docs" / "operations.md",
    ROOT / "docs" / "rollback.md",
)
_PARTS = re.compile(r"^#+ (?P<heading>[^\n]+)$|^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """What a reader copies."""

    name: str
    """Like `deploying: A fourth account #2`."""
    text: str

    @property
    def commands(self) -> list[str]:
        """Its commands, each with all of its lines."""
        found: list[str] = []
        held = ""
        for line in self.text.splitlines():
            held = f"{held}\n{line}" if held else line
            if _is_complete(held):
                found.append(held)
                held = ""
        return found


def blocks(language: str = "sh") -> Iterator[Block]:
    """Yield the blocks of a language on all pages, in the order in which they are read."""
    for page in PAGES:
        heading, number = "", 0
        for part in _PARTS.finditer(page.read_text()):
            if part["heading"]:
                heading, number = part["heading"], 0
            elif part["language"] == language:
                number += 1
                yield Block(f"{page.stem}: {heading} #{number}", part["text"].rstrip("\n"))


def _is_complete(command: str) -> bool:
    if command.endswith("\\"):
        return False
    try:
        return bool(shlex.split(command, comments=True))
    except ValueError:  # a quotation mark is open
        return False
