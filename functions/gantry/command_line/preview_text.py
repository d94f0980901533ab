"""`gantry preview` for people: the release, and what would happen in each environment."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gantry.command_line.link_lines import draw_links
from gantry.command_line.words import fitting, person, release_name, several
from gantry.promotion import durations
from gantry.promotion.board.release_links import ReleaseLinks
from gantry.promotion.preview.estimate import in_words
from gantry.promotion.preview.preview import (
    Asked,
    EnvironmentPreview,
    Preview,
    PreviewedRelease,
    PreviewedStep,
    TargetPreview,
)
from gantry.promotion.timestamps import readable
from gantry.promotion.visible_text import one_line

if TYPE_CHECKING:
    from rich.console import Console

_LABEL = 12
_OUTCOMES = {
    "goes_through": "goes through",
    "waits_for_infrastructure": "waits for infrastructure",
    "waits_for_people": "waits for people",
    "stopped": "is stopped",
}
_CHOSEN = {
    "named": "",
    "environment_before": "live in the environment before",
    "newest_promotion": "promoted last",
    "live": "live there",
}
_NOT_SET = "(not set)"
_ALL = 100


def draw_preview(console: "Console", preview: Preview) -> None:
    """Draw it, environment by environment."""
    if preview.release is None or preview.release.chosen == "live":
        _draw_configuration(console, preview)
    else:
        _draw_release(console, preview, preview.release)
    for each in preview.environments:
        console.print()
        _draw(console, f"{one_line(each.name)}: it {_OUTCOMES[each.outcome]}", _of_environment(each))


def _draw_configuration(console: "Console", preview: Preview) -> None:
    """Draw a change of configuration alone. What is live in each environment stands there, as what stays."""
    release = preview.release
    rows = [("manifest", f"revision {release.manifest_revision}")] if release else []
    rows += [("stays", f"{one_line(name)}: {one_line(why)}") for name, why in preview.left_out.items()]
    _draw(console, f"{one_line(preview.service)}: configuration only, artifacts stay as they are", iter(rows))
    if release is None:
        console.print("No environment's configuration differs from what is live, so nothing would be started.")


def _draw_release(console: "Console", preview: Preview, release: PreviewedRelease) -> None:
    name = release_name(release.tag, release.digest)
    title = f"{one_line(preview.service)} {name}\n  {release.digest}"  # in one line, to be copied
    _draw(console, title, _of_release(release))
    draw_links(console, _links(preview, release))


def _draw(console: "Console", title: str, rows: Iterator[tuple[str, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_LABEL)
    table.add_column(overflow="fold")
    before = ""
    for label, value in rows:
        table.add_row(Text("" if label == before else f"  {label}"), Text(value))
        before = label
    console.print(table)


def _links(preview: Preview, release: PreviewedRelease) -> ReleaseLinks:
    """Return where the release comes from, with what it changes in the last environment of which that is known."""
    targets = [target for each in preview.environments for target in each.targets]
    compared = [each.live.compare for each in targets if each.live and each.live.compare]
    return replace(release.links, compare=compared[-1]) if compared else release.links


def _of_release(release: PreviewedRelease) -> Iterator[tuple[str, str]]:
    if chosen := _CHOSEN[release.chosen]:
        yield "chosen", chosen
    if release.tags:
        yield "tags", several([one_line(each) for each in release.tags], 5)
    if release.pushed_by:
        yield "pushed by", f"{one_line(release.pushed_by)}, as its label says"
    yield "manifest", f"revision {release.manifest_revision}"


def _of_environment(environment: EnvironmentPreview) -> Iterator[tuple[str, str]]:
    for target in environment.targets:
        yield from _of_target(target)
    if len(environment.waves) > 1:
        yield "waves", ", then ".join(f"{len(wave)} target{'s' if len(wave) > 1 else ''}" for wave in environment.waves)
    for need in environment.needs:
        ask = f"; ask {one_line(need.owner)}" if need.owner and not need.is_met else ""
        is_there = f"found {need.found}" if need.is_met else f"{need.reason}{ask}"
        yield "needs", f"{'ok ' if need.is_met else 'NO '} {one_line(f'{need.need} in {need.place}: {is_there}')}"
    if environment.asks:
        yield from _of_asked(environment.asks)
    else:
        yield "asks", "nobody"
    for rule in environment.rules:
        where = f"{rule.target}: " if rule.target and rule.target not in (rule.reason or "") else ""
        yield "rules", f"{'ok ' if rule.is_met else 'NO '} {rule.sentence}"
        if not rule.is_met and rule.reason:
            yield "because", f"{where}{one_line(rule.reason)}"
    yield "firing", ", ".join(map(one_line, environment.firing)) or "no alarm"
    if environment.elsewhere:
        yield "first in", ", ".join(environment.elsewhere)
    if environment.forecast and any(len(each.steps) > 1 for each in environment.targets):
        yield "verdict", one_line(environment.forecast)
    after = "after the approval, " if environment.asks else ""
    yield "takes", f"{after}{environment.estimate}"
    if environment.ends_at:
        yield "ends", readable(environment.ends_at)


def _of_target(target: TargetPreview) -> Iterator[tuple[str, str]]:
    label, live = "target", target.live
    now = f"version {one_line(live.version)} ({release_name(live.tag, live.digest)})" if live else "no release yet"
    yield label, f"{target.id}: {now}"
    yield "artifact", one_line(target.artifact)
    for name, value in target.content:
        yield "content", f"{name} {value}".strip()
    for change in target.changes:
        after = _NOT_SET if change.after is None else one_line(change.after)
        before = _NOT_SET if change.before is None else one_line(change.before)
        yield "settings", f"{change.key}: {before} → {after}"
    if not target.changes:
        yield "settings", "as now" if live else "none"
    elif live and not target.is_configuration_known:
        yield "settings", "What is live is not on record, so all that the release sets is listed."
    for change in target.left_in_draft:
        yield "not taken", f"{change.key}, which somebody has changed there manually"
    yield "steps", _steps(target)
    for each in target.waits_for:
        yield "waits for", one_line(each)


def _steps(target: TargetPreview) -> str:
    if not target.steps:
        return "none: it changes nothing there"
    return ", then ".join(map(_step, target.steps))


def _step(step: PreviewedStep) -> str:
    share = "all" if step.weight == _ALL else f"{step.weight} %"
    return f"{share} for {durations.text(step.bake_seconds)}" if step.bake_seconds else share


def _of_asked(asked: Asked) -> Iterator[tuple[str, str]]:
    people = ", ".join(map(person, asked.approvers))
    within = in_words(asked.expires_after_seconds)
    yield "asks", f"{people}: {asked.quorum} of {len(asked.approvers)} must approve within {within}"
    if asked.escalate_to:
        later = in_words(asked.escalate_after_seconds or 0)
        yield "asks", f"after {later} also {', '.join(map(person, asked.escalate_to))}"
    if asked.may_not_approve:
        yield "asks", f"{', '.join(map(person, asked.may_not_approve))} may not approve it: it is their own release"
    for each in asked.replaces:
        yield "replaces", f"the open approval {fitting(each, 12)}"
