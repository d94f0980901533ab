"""An explanation for people, and the exit code that its state has."""

from typing import TYPE_CHECKING

from gantry.command_line.errors import Exit
from gantry.command_line.link_lines import draw_links
from gantry.promotion.board.explanation import Explanation
from gantry.promotion.timestamps import readable

if TYPE_CHECKING:
    from rich.console import Console

_CODES = {
    "failed": Exit.FAILED,
    "rolled_back": Exit.FAILED,
    "out_of_sync": Exit.FAILED,
    "unknown": Exit.TIMED_OUT,
    "waits_for_people": Exit.WAITS_FOR_PEOPLE,
}


def code_of_state(state: str) -> Exit:
    """Return how a command ends that tells a state."""
    return _CODES.get(state, Exit.HEALTHY)


def draw_explanation(console: "Console", found: Explanation) -> None:
    """Draw the sentence, the reason and the numbers; then what to type, on lines of its own, to be copied."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    where = f"{found.service} in {found.environment}" if found.environment else found.service
    when = f" ({readable(found.at)})" if found.at else ""
    console.print(Text(f"{where}: {found.sentence}{when}"))
    if found.reason:
        console.print(Padding(Text(found.reason), (0, 0, 0, 2)))
    if found.facts:
        table = Table.grid(padding=(0, 2))
        for label, value in found.facts:
            table.add_row(Text(f"  {label}"), Text(value))
        console.print(table)
    draw_links(console, found.links)
    for step in found.next:
        console.print(Text(f"→ {step}"), soft_wrap=True)
