"""One thing that is wrong with a manifest, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gantry.promotion.manifest.messages import shortened

_MOST = 50
"""Problems in one message. An execution's cause has room for 32,768 characters:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html"""

Location = tuple[str | int, ...]
"""The keys and indexes that lead to a value: `("environments", 0, "approval")`. The whole manifest is `()`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line for the manifest's author."""

    location: Location
    message: str
    """What is wrong, and what would be right."""

    def __str__(self) -> str:
        """Return the line: `environments[0].name: 'Dev' is not …`."""
        return f"{path(self.location)}: {self.message}"

    def below(self, location: Location) -> "Problem":
        """Return the problem with the location that its own is relative to."""
        return Problem((*location, *self.location), self.message)


def path(location: Iterable[str | int]) -> str:
    """Return a location as people write it: `environments[1].targets[0].account`; `manifest` for all of it."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" for part in location)
    return written.removeprefix(".") or "manifest"


def in_one_message(problems: Sequence[object]) -> str:
    """Return the problems, one a line. Of very many, return the first ones and how many there are."""
    lines = list(map(str, problems[:_MOST]))
    if len(problems) > _MOST:
        lines.append(f"manifest: it has {len(problems)} problems; correct these {_MOST} first")
    return "\n".join(lines)
