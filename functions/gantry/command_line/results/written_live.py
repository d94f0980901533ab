"""What `gantry write-live` has done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenLive:
    """The parameters of one environment of a service."""

    service: str
    environment: str
    changed: tuple[str, ...]
    """The names of those that said something else, each with its account and region before it."""
    unchanged: int
    """How many said it already."""
    problem: str | None = None
    """Why some could not be written, a line for each; null when all say what is live."""
