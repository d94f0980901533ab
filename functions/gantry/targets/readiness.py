"""Whether a revision can take traffic, as its service says, and the part of the port that asks for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gantry.promotion.target import Target


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


class ReadinessKind(Protocol):
    """What rollbacks ask of a kind before they go back to a revision."""

    def state(self, target: Target, revision: str) -> RevisionState | None:
        """Return whether a revision can take traffic, and what it runs; None when there is no such revision."""

    def wake(self, target: Target, revision: str) -> None:
        """Ask the service once to make a sleeping revision ready. It may take minutes; `state` says when it is.

        Raises:
            TargetAccessError: the workload account refuses it.
        """

    def may_wake(self, target: Target) -> bool:
        """Whether the target's manifest lets a sleeping revision be woken. Asks nobody."""

    def rehearse(self, target: Target, revision: str) -> None:
        """Ask for the rights to go back to a revision, without changing anything.

        Raises:
            TargetAccessError: the workload account would refuse the change of the traffic, or to wake the revision.
        """
