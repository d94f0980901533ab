"""One thing that is wrong with a manifest, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    line: int | None = None
    """In the file, from 1; None until it is looked up."""
    about: str | None = None
    """Which environment or rule it is in, by its name: `environment prod`."""

    def __str__(self) -> str:
        """Return the line: `line 7: environments[0].name (environment Dev): 'Dev' is not …`."""
        return f"line {self.line}: {self.said}" if self.line else self.said

    @property
    def said(self) -> str:
        """The same without the number of the line, for those who say it as `file:7`."""
        about = f" ({self.about})" if self.about else ""
        return f"{path(self.location)}{about}: {self.message}"

    def below(self, location: Location) -> "Problem":
        """Return the problem with the location that its own is relative to."""
        return replace(self, location=(*location, *self.location))


def path(location: Iterable[str | int]) -> str:
    """Return a location as people write it: `environments[1].targets[0].account`; `manifest` for all of it."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{shortened(part)}" for part in location)
    return written.removeprefix(".") or "manifest"


def first_of(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems; of very many, the first ones and how many there are."""
    if len(problems) <= _MOST:
        return tuple(problems)
    return (*problems[:_MOST], Problem((), f"it has {len(problems)} problems; correct these {_MOST} first"))


def in_one_message(lines: Sequence[object]) -> str:
    """Return problems, one a line. Of very many, return the first ones and how many there are."""
    more = [f"manifest: it has {len(lines)} problems; correct these {_MOST} first"] if len(lines) > _MOST else []
    return "\n".join([*map(str, lines[:_MOST]), *more])
