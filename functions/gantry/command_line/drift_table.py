"""`gantry drift` for people: a row for each target, and below what differs and what puts it right."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gantry.command_line.words import fitting, release_name
from gantry.promotion.drift.report import CopyDrift, DriftReport, ServiceDrift, TargetDrift
from gantry.promotion.visible_text import one_line

if TYPE_CHECKING:
    from rich.console import Console

_SERVICE, _ENVIRONMENT, _TARGET, _LIVE = 18, 10, 22, 12
"""Columns of 80."""


def draw_drift(console: "Console", report: DriftReport) -> None:
    """Draw the table, and below it what needs people. No command is broken into lines, so that it can be copied."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not report.services:
        console.print("Nothing is live yet.")
        return
    table = Table("SERVICE", "IN", "TARGET", "LIVE", "STATE", box=box.SIMPLE_HEAD, pad_edge=False)
    for service in report.services:
        name = fitting(service.service, _SERVICE)
        for target in service.targets:
            table.add_row(*map(Text, (name, *_cells(target))))
            name = ""
        for copy in service.copies:
            table.add_row(*map(Text, (name, *_copy_cells(copy))))
            name = ""
    console.print(table)
    for line in (line for service in report.services for line in _notes(service)):
        console.print(Text(line), soft_wrap=True)


def _cells(target: TargetDrift) -> tuple[str, str, str, str]:
    live = f"{target.version} ({release_name(target.tag, target.digest)})"
    where = target.id.partition("/")[2]
    return fitting(target.environment, _ENVIRONMENT), fitting(where, _TARGET), fitting(live, _LIVE), target.state


def _copy_cells(copy: CopyDrift) -> tuple[str, str, str, str]:
    where = fitting(copy.id.partition("/")[2], _TARGET)
    what = {"git_file": "in Git", "manifest": "manifest"}[copy.what]
    return fitting(copy.environment or "", _ENVIRONMENT), where, what, copy.state


def _notes(service: ServiceDrift) -> Iterator[str]:
    for found in service.everything:
        yield from _of_one(service.service, found)
    manifest = service.manifest
    if manifest.problem:
        yield f"{service.service}: {one_line(manifest.problem)}"
    elif manifest.waits_for_release_in:
        where = ", ".join(manifest.waits_for_release_in)
        yield f"{service.service}: a newer manifest waits for a release in {where}. That is no drift."


def _of_one(service: str, target: TargetDrift | CopyDrift) -> Iterator[str]:
    if not target.differences and not target.reason:
        return
    where = f"{service} in {target.environment}" if target.environment else service
    yield f"{where}, {target.id}: {target.state}"
    if target.reason:
        yield f"  {one_line(target.reason)}"
    for each in target.differences:
        expected, found = (one_line(value or "nothing") for value in (each.expected, each.found))
        ignored = ", which the manifest ignores" if each.is_ignored else ""
        yield f"  {one_line(each.what)}: expected {expected}, found {found}{ignored}"
    if target.command:
        yield f"  {target.command}"
