"""What a manifest asks to be checked of a new revision: before any traffic, and while it is watched."""

from dataclasses import dataclass
from enum import StrEnum
from shlex import join

INVOKED_WITHIN = 840
"""Seconds that all invocations of one check have together: the longest that one function of the pipeline may work."""
_BESIDES_A_CHECK = 300
"""Seconds in which a check is begun and recorded, retries included."""


class CheckKind(StrEnum):
    """Who says whether the revision is good."""

    INVOKE = "invoke"
    """The revision itself, by answering."""
    FUNCTION = "function"
    """A team's own function in the target's account."""
    CODEBUILD = "codebuild"
    """A build of a CodeBuild project."""
    RUN_TASK = "run_task"
    """One run of the revision with a command, such as a migration of its database."""


class CheckStatus(StrEnum):
    """What a check says."""

    PASSED = "passed"
    FAILED = "failed"
    STARTED = "started"
    """It goes on. Somebody answers later, or it is looked at until it ends."""
    UNANSWERED = "unanswered"
    """It could not be completed, which says nothing about the revision."""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request of the pipeline's own to a revision."""

    payload: str = "{}"
    """JSON."""
    expect: str | None = None
    """What the answer has to contain, a JSON object; None for any answer without an error."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a revision that has no traffic yet."""

    kind: CheckKind
    within_seconds: int
    """How long it may take."""
    name: str = ""
    """The ARN of a team's function, the name of a CodeBuild project, or that of the container that gets the command.
    Empty when the revision itself is invoked, and for the container that gets the release."""
    request: OwnRequest = OwnRequest()
    """What the revision itself is invoked with."""
    times: int = 1
    """How often."""
    command: tuple[str, ...] = ()
    """What a task runs, by its arguments."""

    def __str__(self) -> str:
        """For people: `3 x invoke`, `codebuild smoke-tests`, or `run_task python manage.py migrate`."""
        if self.kind is CheckKind.RUN_TASK:
            return f"{self.kind} {join(self.command)}{f' in {self.name}' if self.name else ''}"
        times = f"{self.times} x " if self.times > 1 else ""
        return f"{times}{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class BakeRequests:
    """The pipeline's own requests to a revision while it is watched."""

    request: OwnRequest
    per_look: int = 1
    """How many, each time that the judge looks."""


@dataclass(frozen=True, slots=True)
class Checks:
    """All that an environment checks of a revision, beside what its users see."""

    before_traffic: tuple[Check, ...] = ()
    """In their order. The first one that fails ends the deployment."""
    during_bake: BakeRequests | None = None

    @property
    def longest_seconds(self) -> int:
        """How long all checks before any traffic can take together."""
        return sum(each.within_seconds + _BESIDES_A_CHECK for each in self.before_traffic)


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What came of a check so far."""

    status: CheckStatus
    reason: str
    """For people; a team's own words where it gave some."""
    run: str = ""
    """The id of the build or task that goes on, which is looked at until it ends; empty otherwise."""


NO_CHECKS = Checks()
