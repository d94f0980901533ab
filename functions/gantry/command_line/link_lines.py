"""Links in a terminal: each on a line of its own, never broken, so that it can be clicked or copied."""

from typing import TYPE_CHECKING

from gantry.promotion.board.release_links import ReleaseLinks

if TYPE_CHECKING:
    from rich.console import Console

_NAME = 8
"""Columns of the longest name but one."""


def draw_links(console: "Console", links: ReleaseLinks, indent: int = 2) -> None:
    """Draw the links that are known. A long address goes on beyond the width: broken, it would lead nowhere."""
    from rich.text import Text

    for name, address in links.rows:
        console.print(Text(f"{' ' * indent}{name:{_NAME}} {address}"), soft_wrap=True)
