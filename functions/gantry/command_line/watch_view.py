"""What `gantry watch` draws on a terminal: environment, target, step, bar, and the numbers of both versions."""

from textwrap import wrap

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gantry.command_line.progress_lines import asked
from gantry.command_line.results.status import state_of
from gantry.command_line.words import fitting, left, name_of, person, release_name
from gantry.promotion.board.board import Board, EnvironmentOnBoard, ServiceOnBoard, TargetOnBoard
from gantry.promotion.board.canary_progress import CanaryProgress
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line

_BAR, _TARGET, _LINE = 20, 36, 66
"""Columns."""
_INDENT = " " * 13
_QUIET = {
    "healthy": "nothing moves",
    "failed": "the last promotion failed",
    "rolled_back": "rolled back",
    "out_of_sync": "not as released",
    "unknown": "not to be looked at",
}


def drawn(board: Board) -> RenderableType:
    """Return everything that moves; of a board where nothing does, how each service is."""
    services = [each for each in board.services if state_of(each) not in _QUIET] or list(board.services)
    parts = [_service(each, board.at) for each in services]
    return Group(*parts, Text(f"{readable(board.at)}, every 2 s; Ctrl-C stops only the watching", style="dim"))


def _service(service: ServiceOnBoard, now: str) -> RenderableType:
    state = state_of(service)
    heading = Text(service.service, style="bold")
    heading.append(f"  {_QUIET.get(state, state.replace('_', ' '))}", style="not bold")
    return Group(heading, *(_environment(each, now) for each in service.environments))


def _environment(environment: EnvironmentOnBoard, now: str) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    lines: list[RenderableType] = []
    for target in environment.targets:
        name, state = fitting(target.target.id.partition("/")[2], _TARGET), _state(target)
        table.add_row(
            Text(f"  {fitting(environment.name, 10):10}"), Text(f"{name:{_TARGET}}"), Text(state, _link(target))
        )
        if canary := target.moving and target.moving.progress:
            lines.append(canary_drawn(canary, now))
    asking = [Text(f"{_INDENT}{fitting(asked(each, now), _LINE)}") for each in environment.approvals]
    return Group(table, *lines, *asking)


def canary_drawn(canary: CanaryProgress, now: str) -> RenderableType:
    """Return a canary's bar with its step and the time left, and below it the numbers of both versions."""
    return Group(_bar(canary, now), *(Text(f"{_INDENT}{line}") for line in _numbers(canary)))


def _link(target: TargetOnBoard) -> str:
    """Return the style by which a terminal leads to what changes, or else to the commit. It takes no room."""
    moving, live = target.moving, target.live
    source = moving.release.source if moving and moving.release else live.source if live else None
    links = ReleaseLinks.of(source, live.source if live else None)
    address = links.compare or links.commit
    return f"link {address}" if address else ""


def _state(target: TargetOnBoard) -> str:
    moving, live = target.moving, target.live
    if moving is None:
        return f"{live.revision} ({release_name(live.tag, live.digest)})" if live else "nothing"
    if moving.release is None:
        return "rolling back"
    before = f"{live.revision} → " if live else "→ "
    return before + name_of(moving.release)


def _bar(canary: CanaryProgress, now: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    bar = ProgressBar(100, canary.weight, width=_BAR)
    grid.add_row(Text(_INDENT[:-1]), bar, Text(f"{canary.weight} %, {_waits(canary, now)}"))
    return grid


def _waits(canary: CanaryProgress, now: str) -> str:
    step = f"step {min(canary.step, canary.steps)}/{canary.steps}"
    if canary.paused:
        return f"{step}, paused by {person(canary.paused.by)}, {left(canary.paused.until, now)} left"
    waits = {"people": "people are asked", "traffic": "moving"}.get(canary.waits_for)
    return f"{step}, {waits or _bake(canary, now)}"


def _bake(canary: CanaryProgress, now: str) -> str:
    """Return how much longer a bake lasts; of one that has ended, how long its verdict may take."""
    if canary.bake_until > now:
        return f"{left(canary.bake_until, now)} of bake left"
    return f"undecided, {left(canary.ends_at, now)} at most" if canary.ends_at > now else "undecided"


def _numbers(canary: CanaryProgress) -> list[str]:
    seen = canary.seen
    lines: list[str] = []
    if seen:
        new = _counted(seen.canary_requests, seen.canary_failed)
        old = _counted(seen.stable_requests, seen.stable_failed)
        lines += [f"version {canary.canary}, new: {new}", f"version {canary.stable}, stable: {old}"]
        for each in seen.reasons[:2]:
            lines += wrap(f"{seen.verdict}: {one_line(each)}", _LINE, max_lines=2, placeholder=" …")
    if canary.alarms:
        lines.append(fitting(f"alarms: {', '.join(canary.alarms)}", _LINE))
    return lines


def _counted(requests: float | None, failed: float | None) -> str:
    return "unknown" if requests is None else f"{requests:,.0f} requests, {failed or 0:,.0f} failed"
