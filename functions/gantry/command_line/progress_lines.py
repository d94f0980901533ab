"""What has changed between two looks at a board, as lines for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gantry.command_line.words import left, name_of, person, release_name, several
from gantry.promotion.board.board import Board, EnvironmentOnBoard, TargetOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.visible_text import one_line

_PEOPLE = 3


@dataclass(slots=True)
class Seen:
    """What was said before, so that nothing is said twice."""

    lines: dict[str, str] = field(default_factory=dict)
    """The last line about each thing."""
    is_hidden: bool = False
    """Whether the board may not be read."""


def changes(board: Board, seen: Seen) -> Iterator[str]:
    """Yield a line for each thing that is not as it was."""
    for service in board.services:
        for environment in service.environments:
            where = f"{service.service} {environment.name}"
            for key, line in _lines(environment):
                if seen.lines.get(f"{where} {key}") != line:
                    seen.lines[f"{where} {key}"] = line
                    yield f"{where}: {line}"


def _lines(environment: EnvironmentOnBoard) -> Iterator[tuple[str, str]]:
    for approval in environment.approvals:
        yield approval.id, asked(approval)
    if needing := environment.needing:
        name = release_name(needing.tag, needing.digest)
        yield "needs", f"{name} waits for {one_line(needing.sentence)}"
    of_several = len(environment.targets) > 1
    for target in environment.targets:
        if line := target_line(target):
            yield target.target.id, f"{target.target.id}: {line}" if of_several else line


def asked(approval: ListedApproval, now: str | None = None) -> str:
    """Return who is asked about what, and the id to answer with; how long yet, given the moment."""
    whom = several([person(each) for each in approval.approvers], _PEOPLE)
    about = f"about the canary at {approval.weight} %" if approval.target_id else "to approve"
    time = f", {left(approval.expires_at, now)} left" if now else ""
    return f"{release_name(approval.tag, approval.digest)} waits for {whom} {about} ({approval.id}{time})"


def target_line(target: TargetOnBoard) -> str | None:
    """Return what goes on at a target; None where nothing was ever deployed."""
    moving, live = target.moving, target.live
    if moving is None:
        return f"version {live.revision} ({release_name(live.tag, live.digest)}) is live" if live else None
    if moving.release is None:
        return "a rollback moves the traffic"
    name = name_of(moving.release)
    return canary_line(name, moving.progress) if moving.progress else f"{name} is being deployed"


def canary_line(name: str, canary: CanaryProgress) -> str:
    """Return how far a canary is, with the verdict so far."""
    step = f"step {min(canary.step, canary.steps)} of {canary.steps}"
    verdict = f", {canary.seen.verdict} so far" if canary.seen else ""
    if canary.paused:
        return f"{name} is paused at {canary.weight} %, {step}, by {person(canary.paused.by)}{verdict}"
    waits = {"people": "people are asked", "traffic": "the traffic moves"}.get(canary.waits_for, "watched")
    return f"{name} at {canary.weight} %, {step}, {waits}{verdict}"
