"""The fault matrix: which fault meets which task, and how the case has to end."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.faults import Fault, killed, pauses, raises, throttled, times_out
from sandbox.stories.chaos.kinds import IMAGES, KINDS, Kind
from sandbox.stories.chaos.machines import Task, tasks
from sandbox.stories.chaos.situations import Situation

FAULTS = ("raises", "times out", "killed once", "killed", "throttled", "stopped", "machine timed out")
"""A retry makes up for `killed once`. The others last until the machine gives up, or end the execution from outside."""
_INJECTED: Mapping[str, tuple[Fault, int | None]] = {
    "raises": (raises("UnforeseenError"), None),
    "times out": (times_out(), None),
    "killed once": (killed(), 1),
    "killed": (killed(), None),
    "throttled": (throttled(), None),
    "stopped": (pauses(60), None),
    "machine timed out": (pauses(60), None),
}
_BEFORE_ITS_WORK = {"raises", "times out", "throttled"}
_FROM_OUTSIDE = {"stopped", "machine timed out"}


@dataclass(frozen=True, slots=True)
class Case:
    """One task that meets one fault."""

    task: Task
    fault: str
    kind: Kind = IMAGES

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind.name}: {self.task.machine} {self.task.state}: {self.fault}"

    @property
    def injected(self) -> tuple[Fault, int | None]:
        """The fault, and how many invocations it hits (None: all)."""
        return _INJECTED[self.fault]

    @property
    def machine_seconds(self) -> int | None:
        """The machine's timeout, if the case needs another than its own."""
        return self.kind.machine_seconds if self.fault == "machine timed out" else None

    @property
    def needs_a_slow_service(self) -> bool:
        """Whether the service has to take longer than the machine, as its events would end the task that is held."""
        return self.task.is_slow and self.fault == "machine timed out"

    @property
    def version(self) -> str:
        """The version that gets the traffic at the end.

        A deployment goes from version 1 to version 2. A rollback starts while version 3 is the canary beside version 2,
        and restores version 2. If the rollback could not even begin, the deployment of version 3 continues and
        succeeds. While version 2 is woken, nothing has begun; if that fails, version 2 is restored all the same.

        Where nothing is ever split, a rollback goes from version 2 to version 1.
        """
        if self.task.machine == "Rollback":
            ends_it = {"RestoreVersion": _BEFORE_ITS_WORK, "WakeVersion": _FROM_OUTSIDE}
            newer, older = ("3", "2") if self.kind.splits_traffic else ("2", "1")
            return newer if self.fault in ends_it.get(self.task.state, set()) else older
        if not self.task.is_on_the_way:
            return "1"
        is_recorded = self.task.state == "RecordRelease" and self.fault not in _BEFORE_ITS_WORK
        return "2" if is_recorded or self.fault == "killed once" else "1"

    def is_notified(self, status: str) -> bool:
        """Whether the team is notified when the execution ends with this status.

        It is notified of every rollback, and of every deployment that did not succeed.
        """
        return self.task.machine == "Rollback" or status != "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Result:
    """How a case ended."""

    case: Case | Situation
    status: str
    routing: str
    broken: tuple[str, ...]
    """What is wrong; empty when the case ended as it has to."""

    def __str__(self) -> str:
        """A cell of the table."""
        return f"{self.status.lower()} → {self.routing}{' ✘' if self.broken else ''}"


def cases(pipeline: Pipeline) -> list[Case]:
    """Return the whole matrix."""
    found = tasks(pipeline)
    return [Case(task, fault, kind) for kind in KINDS for task in found if kind.has(task) for fault in FAULTS]
