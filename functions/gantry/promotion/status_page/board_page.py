"""The board: services by environments, with what needs people first."""

from collections.abc import Iterable, Iterator

from gantry.promotion.board.board import Board, ServiceOnBoard
from gantry.promotion.status_page.attention import attention_html
from gantry.promotion.status_page.board_cell import cell_html
from gantry.promotion.status_page.style import status_document
from gantry.promotion.status_page.view import StatusView, service_address
from gantry.promotion.status_page.words import age, breakable, count, moment_html, name, release_name

_MOST_BYTES = 94_000
"""Of what is on one page, so that with its style sheet it stays under 100 KB whatever its services are called."""
_MOST_COLUMNS = 8
"""Environments that have columns of their own. With more of them, each cell says their names."""
_NOT_THERE = "none"
_NOTHING = "<p>No service has been promoted yet. Upload a manifest and push an image; or start a promotion with {}.</p>"


def board_page(board: Board, view: StatusView) -> str:
    """Return the board, with a page for as many services as fit."""
    if not board.services:
        body = _NOTHING.format(view.command("promote", "SERVICE", "TAG"))
    else:
        first = attention_html(board, view)
        body = first + _table(board, view, _MOST_BYTES - len(first.encode()))
    return status_document("What is going on", body, view, moment_html(board.at))


def _table(board: Board, view: StatusView, most_bytes: int) -> str:
    names = environment_names(board.services)
    heads = names if len(names) <= _MOST_COLUMNS else ("Environments",)
    pages = list(_pages((_row(each, names, board.at, view) for each in board.services), most_bytes))
    number = min(max(view.page, 1), len(pages))
    first = sum(map(len, pages[: number - 1])) + 1
    rows = pages[number - 1]
    which = f", {first:,} to {first + len(rows) - 1:,} of them here" if len(pages) > 1 else ""
    head = "".join(f'<th scope="col">{each}</th>' for each in ("Service", *map(name, heads), "Last promotion"))
    return (
        '<h2 id="services">Services</h2><div class="wide" role="region" aria-labelledby="services" tabindex="0">'
        f"<table><caption>What is live where, of {count(len(board.services), 'service')}{which}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{_others(number, len(pages), view)}"
    )


def environment_names(services: Iterable[ServiceOnBoard]) -> tuple[str, ...]:
    """Return the environments of all services, each once, in an order that most of their manifests have.

    A name goes in front of the first one that follows it in its own manifest and is there already.
    """
    names: list[str] = []
    for service in services:
        place = len(names)
        for environment in reversed(service.environments):
            if environment.name in names:
                place = min(place, names.index(environment.name))
            else:
                names.insert(place, environment.name)
    return tuple(names)


def _row(service: ServiceOnBoard, names: tuple[str, ...], now: str, view: StatusView) -> str:
    found = {each.name: cell_html(each, now) for each in service.environments}
    cells = [found.get(each, _NOT_THERE) for each in names]
    if len(names) > _MOST_COLUMNS:
        cells = ["<br>".join(f"{name(each)}: {cell}" for each, cell in found.items())]
    link = f'<a href="{service_address(service.service)}{view.query()}">{breakable(service.service)}</a>'
    cells.append(_end(service, now))
    return f'<tr><th scope="row">{link}</th>{"".join(f"<td>{each}</td>" for each in cells)}</tr>'


def _end(service: ServiceOnBoard, now: str) -> str:
    parts = []
    if end := service.last_end:
        how = "ended" if end.error else "completed"
        parts.append(f"{release_name(end.tag, end.digest)}<small>{how} {age(end.at, now)} ago</small>")
        if end.error:
            parts.append(f'<span class="bad"><strong>failed</strong> {name(end.error)}</span>')
    if service.quarantined:
        parts.append(f'<span class="bad"><strong>quarantined</strong> {len(service.quarantined)}</span>')
    return "".join(parts) or _NOT_THERE


def _pages(rows: Iterable[str], most_bytes: int) -> Iterator[list[str]]:
    page: list[str] = []
    size = 0
    for row in rows:
        length = len(row.encode())
        if page and size + length > most_bytes:
            yield page
            page, size = [], 0
        page.append(row)
        size += length
    yield page


def _others(number: int, last: int, view: StatusView) -> str:
    """Return the links to the other pages; nothing where there is one page."""
    if last == 1:
        return ""
    links = [
        f"page {each}" if each == number else f'<a href="{view.query(page=str(each))}">page {each}</a>'
        for each in sorted({1, max(1, number - 1), number, min(last, number + 1), last})
    ]
    return f'<nav aria-label="Pages of the board"><p>{" · ".join(links)} of {last}</p></nav>'
