"""A release that waits for the infrastructure it needs, as the ledger and people see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.needs.finding import NeedFinding, asked_of, owners
from gantry.promotion.release import Release
from gantry.promotion.visible_text import shortened

FIRST_DELAY, LONGEST_DELAY = 15, 300
"""Seconds between two looks. The definition doubles the first one up to the last one."""
_MOST_NAMED = 10
_MOST_TOLD = 20
"""Executions that one item remembers. Two at once are rare."""
_LONGEST = 500
"""Characters of one unmet need. Everybody's board reads them."""


def most_looks(seconds: int) -> int:
    """Return how often a promotion looks at most while it waits so long."""
    looks, waited, delay = 1, 0, FIRST_DELAY
    while waited < seconds:
        looks, waited, delay = looks + 1, waited + delay, min(2 * delay, LONGEST_DELAY)
    return looks


@dataclass(frozen=True, slots=True)
class WaitingRelease:
    """The newest release that waits in front of an environment for its infrastructure, or went through last."""

    service: str
    environment: str
    execution: str
    """The ARN of its promotion."""
    started_at: str
    """When that was started. ISO 8601, UTC, like all moments here."""
    digest: str
    tag: str | None
    since: str
    until: str
    """When the promotion gives up."""
    unmet: tuple[str, ...] = ()
    """What it waits for, with what is there instead; empty once it went through."""
    owners: tuple[str, ...] = ()
    """Whom to ask, as the manifest says."""
    configuration_only: bool = False
    """Whether the artifact stays that is live there."""

    @property
    def name(self) -> str:
        """The release, in short."""
        return self.tag or self.digest

    @property
    def as_gate(self) -> EnvironmentGate:
        """It as one that has reached the gate, by which two are ordered."""
        return EnvironmentGate("", self.name, self.execution, self.started_at, self.configuration_only)

    @property
    def sentence(self) -> str:
        """What it waits for and whom to ask, in one line."""
        return f"{'; '.join(self.unmet)}{asked_of(self.owners)}"

    def is_older_than(self, other: "WaitingRelease") -> bool:
        """Whether the other one's promotion was started later. A change of configuration alone is never newer."""
        return other.as_gate.is_newer_than(self.as_gate)

    def is_kept_out_by(self, other: "WaitingRelease") -> bool:
        """Whether it is a change of configuration alone, and the other one waits there with an artifact."""
        return bool(other.unmet) and other.as_gate.keeps_out(self.as_gate)

    def told_among(self, told: tuple[str, ...], *, own: bool) -> tuple[str, ...]:
        """Return the executions whose waiting people have read of here, also of those whose place another one took.

        Args:
            told: the same until now.
            own: whether people have read that this one waits.
        """
        others = tuple(each for each in told if each != self.execution)
        return (*others, *([self.execution] if own else []))[-_MOST_TOLD:]


def waiting(  # noqa: PLR0913, PLR0917 -- it is of many things
    release: Release,
    environment: str,
    execution: str,
    started_at: str,
    since: str,
    until: str,
    unmet: Sequence[NeedFinding] = (),
) -> WaitingRelease:
    """Return a release that waits for what is unmet; with nothing unmet, one that goes through."""
    return WaitingRelease(
        service=release.service,
        environment=environment,
        execution=execution,
        started_at=started_at,
        digest=release.digest,
        tag=release.tag,
        since=since,
        until=until,
        unmet=_named(unmet),
        owners=owners(unmet),
        configuration_only=release.is_configuration_only,
    )


def _named(unmet: Sequence[NeedFinding]) -> tuple[str, ...]:
    """Return the first ones for people, and how many there are more."""
    named = tuple(shortened(str(each), _LONGEST) for each in unmet[:_MOST_NAMED])
    return (*named, f"and {len(unmet) - _MOST_NAMED} more") if len(unmet) > _MOST_NAMED else named
