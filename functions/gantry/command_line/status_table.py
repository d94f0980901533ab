"""`gantry status` for people: a row for each environment, and below what is quarantined and how the last one ended."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gantry.command_line.link_lines import draw_links
from gantry.command_line.results.status import EnvironmentStatus, InFlight, Status, TargetStatus
from gantry.command_line.words import about, age, fitting, left, release_name, several, with_what
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from gantry.promotion.board.release_links import ReleaseLinks

_SERVICE, _ENVIRONMENT, _LIVE, _NOW = 22, 10, 16, 24
"""Columns of 80."""


def draw_status(console: "Console", status: Status, *, with_links: bool = False) -> None:
    """Draw the table, and below it where each release comes from if that is wanted."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not status.services:
        console.print("Nothing was promoted yet.")
        return
    table = Table("SERVICE", "IN", "LIVE", "FOR", "NOW", box=box.SIMPLE_HEAD, pad_edge=False)
    for service in status.services:
        name = fitting(service.service, _SERVICE)
        for environment in service.environments:
            for row in _rows(environment, status.at):
                table.add_row(Text(name), *map(Text, row))
                name = ""
        if not service.environments:
            table.add_row(Text(name), "", "", "", "nothing was deployed yet")
    console.print(table)
    for line in _notes(status):
        console.print(Text(line))
    for title, links in _linked(status) if with_links else ():
        console.print(Text(title))
        draw_links(console, links)


def _rows(environment: EnvironmentStatus, now: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield one row if all targets agree, and otherwise one for each."""
    cells = [_cells(each, environment, now) for each in environment.targets] or [
        ("nothing", "", _asked(environment, now))
    ]
    name = fitting(environment.name, _ENVIRONMENT)
    if len(set(cells)) == 1:
        yield name, *cells[0]
        return
    for target, (live, since, moves) in zip(environment.targets, cells, strict=True):
        where = fitting(target.id.partition("/")[2], _NOW)
        yield name, live, since, "\n".join(each for each in (where, moves) if each)
        name = ""


def _cells(target: TargetStatus, environment: EnvironmentStatus, now: str) -> tuple[str, str, str]:
    live = (
        fitting(f"{target.version} ({release_name(target.tag, target.digest)})", _LIVE) if target.version else "nothing"
    )
    since = age(target.since, now) if target.since else ""
    moves = _in_flight(target.in_flight, now) if target.in_flight else ""
    others = f"then {release_name(target.waiting[-1], None)}" if target.waiting else ""
    gone = "not in the manifest" if target.is_left_behind else ""
    astray = target.drift.state if target.drift else ""
    return live, since, "\n".join(each for each in (moves, astray, others, _asked(environment, now), gone) if each)


def _in_flight(moving: InFlight, now: str) -> str:
    if moving.digest is None:
        return "rolling back"
    name, canary = release_name(moving.tag, moving.digest), moving.canary
    name = with_what(name, is_configuration_only=moving.configuration_only)
    if canary is None:
        return about(name, "is deployed", _NOW)
    if canary.paused:
        return about(name, f"paused at {canary.weight} %", _NOW)
    waits = {"people": "people asked", "traffic": "moving"}.get(canary.waits_for) or _bake(canary.bake_until, now)
    return about(name, f"{canary.weight} %, {waits}", _NOW)


def _bake(until: str, now: str) -> str:
    """Return how much longer a bake lasts. One that is over waits for its verdict."""
    return f"{left(until, now)} left" if until > now else "undecided"


def _asked(environment: EnvironmentStatus, now: str) -> str:
    """Return what waits in front of the environment: for people, or for its infrastructure."""
    waits = [(each, "asks", each.expires_at) for each in environment.approvals]
    lines = [(release_name(each.tag, each.digest), said, until) for each, said, until in waits]
    if needing := environment.needing:
        lines.append((release_name(needing.tag, needing.digest), "needs", needing.until))
    return "\n".join(about(name, f"{said}, {left(until, now)} left", _NOW) for name, said, until in lines)


def _notes(status: Status) -> Iterator[str]:
    for service in status.services:
        end, name = service.last_end, service.service
        if end and end.error and service.state in {"failed", "rolled_back"}:
            yield f"{name}: the last promotion, of {release_name(end.tag, end.digest)}, failed with {end.error}."
            yield f"  gantry why {end.execution.rpartition(':')[2]}"
        if service.quarantined:
            names = several([release_name(each.tag, each.digest) for each in service.quarantined], 3)
            yield f"{name}: in quarantine: {names}. gantry quarantine {name}"
        checked = [target.drift for each in service.environments for target in each.targets if target.drift]
        for each in service.drift:
            where = f" in {each.environment}" if each.environment else ""
            yield f"{name}{where}: {each.target_id} is {each.state}. gantry drift {name}"
        if checked:
            since = readable(min(each.since for each in checked))
            yield f"{name}: not as released, or not to be looked at, since {since}. gantry drift {name}"
        for here in service.environments:
            if needing := here.needing:
                yield f"{name} {here.name}: waits for {one_line(needing.sentence)}. gantry why {name} {here.name}"
        if any(each.approvals for each in service.environments):
            yield f"{name}: waits for people. gantry approvals {name}"


def _linked(status: Status) -> "Iterator[tuple[str, ReleaseLinks]]":
    """Yield each release once with its links: first what moves, then what is live."""
    targets = [(here.name, each) for known in status.services for here in known.environments for each in here.targets]
    moving = [(name, each.in_flight) for name, each in targets if each.in_flight]
    found = [(each.digest, each.tag, f"on its way to {name}", each.links) for name, each in moving]
    found += [(each.digest, each.tag, f"live in {name}", each.links) for name, each in targets]
    said = set()
    for digest, tag, where, links in found:
        if digest not in said and any(links.rows):
            yield f"{release_name(tag, digest) if digest else 'a rollback'}, {where}:", links
            said.add(digest)
