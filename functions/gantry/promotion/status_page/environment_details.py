"""One environment on its service's page: each of its targets, with what is live, what moves and what waits."""

from collections.abc import Iterator

from gantry.promotion.board.board import EnvironmentOnBoard, Moving, TargetOnBoard
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.live_now import LiveNow
from gantry.promotion.status_page.attention import approval_html, drift_html, needing_html
from gantry.promotion.status_page.canary_html import moving_html, seen_html, step_words
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.words import (
    age,
    moment_html,
    name,
    person,
    release_name,
    sentence,
    short_digest,
    some_of,
    version,
)
from gantry.promotion.timestamps import readable

_LONGEST_TARGET = 150
_MOST_TARGETS = 30
"""On a page. `gantry status` has all of them."""
Rows = Iterator[tuple[str, str]]


def environment_html(environment: EnvironmentOnBoard, context: ServiceContext) -> str:
    """Return a section about one environment."""
    service, view = context.service, context.view
    targets = environment.targets[:_MOST_TARGETS]
    left = len(environment.targets) - len(targets)
    more = f"<p>and {left} more: {view.command('status', service)}</p>" if left else ""
    asked = "".join(f"<li>{_approval(each, context)}</li>" for each in environment.approvals)
    asked += f"<li>{needing_html(environment.needing, context.now)}</li>" if environment.needing else ""
    rollback = view.command("rollback", service, environment.name, "--reason", "…")
    return (
        f"<h2>{name(environment.name)}</h2>{f'<ul>{asked}</ul>' if asked else ''}"
        f"{''.join(_target(environment.name, each, context) for each in targets)}{more}"
        f'<p class="quiet">To go back: {rollback}</p>'
    )


def _approval(approval: ListedApproval, context: ServiceContext) -> str:
    links = context.links
    linked = (links.of_release(approval.digest, approval.source), links.of_execution(approval.execution))
    return approval_html(approval, context.now, context.view) + _under(" · ".join(filter(None, linked)))


def _target(environment: str, target: TargetOnBoard, context: ServiceContext) -> str:
    now, links = context.now, context.links
    rows = [("Live", _live(target.live, now, links))]
    if target.drift:
        rows.append(("Drift", f"{drift_html(target.drift, now)} {context.view.command('drift', context.service)}"))
    if target.is_left_behind:
        rows.append(("In the manifest", "no more"))
    if target.moving:
        rows += _moving(target.moving, now, links)
        rows += _steering(environment, target.moving, context)
    if target.waiting:
        rows.append(("In line", some_of([release_name(each.tag, each.digest) for each in target.waiting], 5)))
    cells = "".join(f'<tr><th scope="row">{label}</th><td>{value}</td></tr>' for label, value in rows)
    title = name(target.target.id, _LONGEST_TARGET)
    return f'<table class="facts"><caption>{title}</caption>{cells}</table>'


def _live(live: LiveNow | None, now: str, links: PageLinks) -> str:
    if live is None:
        return "nothing of Gantry's yet"
    linked = links.of_release(live.digest, live.source)
    return (
        f"<strong>{release_name(live.tag, live.digest)}</strong>, {version(live.revision)}, "
        f"digest {name(short_digest(live.digest))}, since {moment_html(live.since)} ({age(live.since, now)})"
        f"{_under(linked)}"
    )


def _under(linked: str) -> str:
    return f"<small>{linked}</small>" if linked else ""


def _moving(moving: Moving, now: str, links: PageLinks) -> Rows:
    release = moving.release
    of_release = links.of_release(release.digest, release.source) if release else ""
    linked = (of_release, links.of_execution(moving.execution))
    yield "On the move", moving_html(moving, now) + _under(" · ".join(filter(None, linked)))
    progress = moving.progress
    if progress is None:
        return
    yield "Step", f"{step_words(progress)}; the rollout ends by {readable(progress.ends_at)}"
    if progress.paused:
        why = f": {sentence(progress.paused.reason)}" if progress.paused.reason else ""
        yield "Paused", f"by {person(progress.paused.by)} until {readable(progress.paused.until)}{why}"
    if progress.alarms:
        yield "Ends it", f"the alarms {some_of([name(each) for each in progress.alarms], 10)}"
    if progress.seen:
        yield "Last verdict", seen_html(progress.seen, now)


def _steering(environment: str, moving: Moving, context: ServiceContext) -> Rows:
    if moving.progress is None:
        return
    words = ("resume", "abort") if moving.progress.paused else ("pause", "advance", "abort")
    yield "To steer it", "<br>".join(context.view.command(each, context.service, environment) for each in words)
