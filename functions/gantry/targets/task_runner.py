"""A part of the port that only some kinds have: one run of a revision with a command, beside what takes the traffic."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from gantry.promotion.target import Target


class TaskStatus(StrEnum):
    """What is known of a run by now."""

    RUNNING = "running"
    """It goes on, or has not started yet."""
    ENDED = "ended"
    """By itself: its exit code decides."""
    BROKEN_OFF = "broken off"
    """It never started, or somebody else ended it, so that its exit code says nothing."""
    NOT_SHOWN = "not shown"
    """The service does not show it: not yet, or not any more."""


@dataclass(frozen=True, slots=True)
class TaskCommand:
    """What a task runs in place of its own command."""

    arguments: tuple[str, ...]
    container: str = ""
    """The part of the revision that gets it; empty for the one that gets the release."""


@dataclass(frozen=True, slots=True)
class TaskReport:
    """One look at a run."""

    status: TaskStatus
    said: str
    """For people: how the service puts it, and where the log is once there is nothing more to come."""
    exit_code: int | None = None
    """What it has ended with; None where it has not ended by itself."""
    to_stop: str = ""
    """For people: how to end it while it goes on."""


@runtime_checkable
class TaskRunner(Protocol):
    """A kind whose capabilities say `runs_tasks`."""

    def begin_task(self, target: Target, revision: str, command: TaskCommand, name: str) -> str:
        """Start one run of a revision, and return its id. Idempotent: the same name is the same run, even one that has
        ended.

        Args:
            target: whose revision, and where it would take its traffic.
            revision: which one; it has to be ready.
            command: what it runs.
            name: the same for every try; 64 characters at most.

        Raises:
            CheckUnavailableError: the service cannot start it; the message has its reason.
            CheckPendingError: it has no room for it just now. Another try with the same name may start it.
        """

    def look_at_task(self, target: Target, task: str, command: TaskCommand) -> TaskReport:
        """Look once at a run that was begun.

        Args:
            target: as it was begun for.
            task: its id.
            command: as it was begun with.
        """
