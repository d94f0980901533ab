"""The page of one service: its environments in detail, and its history as a timeline."""

from collections.abc import Sequence

from gantry.promotion.board.board import ServiceOnBoard
from gantry.promotion.history import HistoryEntry
from gantry.promotion.status_page.attention import copy_html, quarantine_html
from gantry.promotion.status_page.environment_details import environment_html
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.style import status_document
from gantry.promotion.status_page.timeline import timeline_html
from gantry.promotion.status_page.view import StatusView, board_address
from gantry.promotion.status_page.words import age, moment_html, name, name_of, release_name, sentence, some_of

_MOST = 10
_LONGEST_TITLE = 200
"""Characters of a name that somebody has typed."""


def service_page(
    service: ServiceOnBoard, entries: Sequence[HistoryEntry], context: ServiceContext, *, has_more: bool = False
) -> str:
    """Return the page of one service.

    Args:
        service: as the board has it.
        entries: its history, newest first.
        context: when both were read, how the page is looked at, and what things are linked with.
        has_more: whether the ledger has older entries than these.
    """
    now, view, links = context.now, context.view, context.links
    environments = "".join(environment_html(each, context) for each in service.environments) or (
        f"<p>It is live nowhere. {view.command('promote', service.service, 'TAG')}</p>"
    )
    body = (
        f'<p><a href="{board_address(service.service)}{view.query()}">All services</a></p>'
        f"{_summary(service, now, links)}{_quarantined(service, now, view)}{_astray(service, now, view)}{environments}"
        f"{timeline_html(entries, view, links, has_more=has_more)}"
        f'<p class="quiet">More of it: {view.command("history", service.service)}</p>'
    )
    return status_document(service.service, body, view, moment_html(now))


def unknown_service_page(service: str, now: str, view: StatusView) -> str:
    """Return the page for a name that no service has."""
    body = (
        "<p>Gantry knows no service of this name.</p>"
        f'<p><a href="{board_address(service)}{view.query()}">All services</a></p>'
    )
    return status_document(f"No service {service[:_LONGEST_TITLE]}", body, view, moment_html(now))


def _summary(service: ServiceOnBoard, now: str, links: PageLinks) -> str:
    parts = []
    for each in service.promotions[:_MOST]:
        where = some_of([name(environment) for environment in each.environments], _MOST)
        release = name_of(each.release) if each.release.is_of_one_artifact else "the configuration alone"
        found = (links.of_release(each.release.digest), links.of_execution(each.execution))
        linked = " · ".join(filter(None, found))
        parts.append(f"Promoting <strong>{release}</strong> to {where} for {age(each.since, now)}. {linked}".rstrip())
    if end := service.last_end:
        release = release_name(end.tag, end.digest)
        how = f'<span class="bad"><strong>failed</strong> ({name(end.error)})</span>' if end.error else "completed"
        why = f" {sentence(end.reason)}." if end.reason else ""
        parts.append(f"The last promotion, of <strong>{release}</strong>, ended {age(end.at, now)} ago: {how}.{why}")
    return "".join(f"<p>{each}</p>" for each in parts)


def _astray(service: ServiceOnBoard, now: str, view: StatusView) -> str:
    if not service.drift:
        return ""
    entries = "".join(f"<li>{copy_html(each, now)}</li>" for each in service.drift[:_MOST])
    return f"<h2>Not as released</h2><ul>{entries}</ul><p>{view.command('drift', service.service)}</p>"


def _quarantined(service: ServiceOnBoard, now: str, view: StatusView) -> str:
    if not service.quarantined:
        return ""
    entries = "".join(f"<li>{quarantine_html(each, now)}</li>" for each in service.quarantined[:_MOST])
    return f"<h2>Quarantined</h2><ul>{entries}</ul><p>{view.command('quarantine', service.service)}</p>"
