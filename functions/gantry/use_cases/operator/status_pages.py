"""The status page, for the function behind the API and for `gantry page`: read from the ledger, and drawn."""

from dataclasses import dataclass

from gantry.promotion.board.release_links import KnownSources
from gantry.promotion.console_links import execution_page
from gantry.promotion.status_page.board_page import board_page
from gantry.promotion.status_page.links import PageLinks, ServiceContext
from gantry.promotion.status_page.service_page import service_page, unknown_service_page
from gantry.promotion.status_page.view import StatusView
from gantry.use_cases.operator.read_board import read_board
from gantry.use_cases.operator.read_history import read_history
from gantry.use_cases.services import Services

_ENTRIES = 60
"""Of a history on one page."""


@dataclass(frozen=True, slots=True)
class StatusPage:
    """One page."""

    html: str
    is_found: bool = True
    """Whether there is a service of the name that was asked for."""


def show_board(view: StatusView, services: Services) -> StatusPage:
    """Return the board of all services."""
    return StatusPage(board_page(read_board(services), view))


def show_service(name: str, view: StatusView, services: Services) -> StatusPage:
    """Return the page of one service."""
    board = read_board(services, name)
    known = next((each for each in board.services if each.service == name), None)
    entries = read_history(services, name, _ENTRIES + 1, view.before)
    if known is None:
        return StatusPage(unknown_service_page(name, board.at, view), is_found=False)
    links = PageLinks(KnownSources(known, entries).all, execution_page)
    context = ServiceContext(name, board.at, view, links)
    return StatusPage(service_page(known, entries[:_ENTRIES], context, has_more=len(entries) > _ENTRIES))
