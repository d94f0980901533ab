"""The digests in quarantine, with the command that releases each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantry.command_line.words import release_name
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line, shortened
from gantry.use_cases.operator.read_board import read_board

if TYPE_CHECKING:
    from rich.console import Console

    from gantry.use_cases.services import Services

_LONGEST = 400
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One digest in quarantine."""

    service: str
    digest: str
    tag: str | None
    since: str
    """ISO 8601, UTC."""
    reason: str
    execution: str
    """The ARN of the execution that rolled it back."""


def quarantined(services: "Services", service: str | None) -> list[Quarantined]:
    """Return what is in quarantine, newest first: of one service all, of all services what the board has."""
    found = services.quarantines.active(service) if service else _on_board(services)
    every = (
        Quarantined(each.service, each.digest, each.tag, each.since, each.reason, each.execution) for each in found
    )
    return sorted(every, key=lambda each: each.since, reverse=True)


def _on_board(services: "Services") -> list[Quarantine]:
    return [each for service in read_board(services).services for each in service.quarantined]


def draw_quarantined(console: "Console", found: list[Quarantined]) -> None:
    """Draw what is in quarantine."""
    from rich.padding import Padding
    from rich.text import Text

    if not found:
        console.print("Nothing is in quarantine.")
    for each in found:
        console.print(Text(f"{each.service} {release_name(each.tag, each.digest)}, since {readable(each.since)}"))
        console.print(Padding(Text(shortened(one_line(each.reason), _LONGEST)), (0, 0, 0, 2)))
        named = one_line(each.tag or each.digest)
        release = f'gantry promote {each.service} {named} --release-from-quarantine "why it is safe now"'
        console.print(Text(f"→ {release}"), soft_wrap=True)
