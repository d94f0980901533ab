"""Whether a revision can take traffic, as its service says."""

from dataclasses import dataclass
from enum import StrEnum


class Readiness(StrEnum):
    """Whether a revision can take traffic."""

    READY = "ready"
    STARTING = "starting"
    """Not yet, but it becomes ready or broken by itself."""
    ASLEEP = "asleep"
    """Only after somebody has woken it. Until then its first requests are refused."""
    BROKEN = "broken"
    """Never."""


@dataclass(frozen=True, slots=True)
class RevisionState:
    """A revision as it is now."""

    readiness: Readiness
    digest: str
    """The artifact that it runs."""
    reason: str
    """Why it is not ready, in words for people, with the service's own; empty when it is ready."""
    needs_image: bool = False
    """Whether it runs a container image, which has to stay in the registry. All else is kept by the service itself."""
