"""What a rollback would find on each target today, and what changed since the day before."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RehearsedTarget:
    """One target, looked at as a rollback to the revision before would."""

    target_id: str
    revision: str | None = None
    """What would be restored; None when there is nothing older, or nobody knows."""
    problem: str | None = None
    """What would fail or be passed over, in words for people; None when all is well."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All targets of one environment of one service."""

    service: str
    environment: str
    at: str
    """ISO 8601, UTC."""
    targets: tuple[RehearsedTarget, ...]

    @property
    def problems(self) -> Mapping[str, str]:
        """What would fail, by the target's id."""
        return {each.target_id: each.problem for each in self.targets if each.problem}


@dataclass(frozen=True, slots=True)
class RehearsalChanges:
    """What people do not know yet."""

    found: tuple[str, ...]
    """Each problem that is new or has changed, with its target."""
    gone: tuple[str, ...]
    """The ids of the targets that have none any more."""

    @classmethod
    def between(cls, before: Rehearsal | None, now: Rehearsal) -> "RehearsalChanges":
        """Return the difference between two rehearsals; the first one finds everything."""
        known = before.problems if before else {}
        found = tuple(f"{name}: {problem}" for name, problem in now.problems.items() if known.get(name) != problem)
        return cls(found, tuple(name for name in known if name not in now.problems))
